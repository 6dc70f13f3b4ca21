#!/usr/bin/env python3
"""Exports a store and imports it into an empty one: same ids, times, flags, contents and answers, within bounded memory.

    tests/roundtrip/run.py PROGRAM [EVENTS]

Beside the events of the generator there are odd ones, of which a record alone does not tell all. Both formats that keep everything go the whole way. The memory of the client and of the server is the most that each
had while it exported or imported.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

STEPLOG = os.path.realpath(sys.argv[1])
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
MOST_BYTES = 256 << 20
DEADLINE_SECONDS = 600
PERIOD = "from=now-10d"
# What belongs to a store, not to an event.
OF_THE_STORE = ("seq", "received")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("STEPLOG_", "OTEL_"))}


def odd_records():
    """Records that are not the same events by themselves wherever they are received."""
    now = time.time_ns()

    def record(**members):
        return {"eventName": "odd.step", "timeUnixNano": str(now), **members}

    def attribute(key, value):
        return {"attributes": [{"key": key, "value": value}]}

    ahead = str(now + 90_000_000_000)
    return [
        record(), record(), record(),  # Equal ones are told apart by their number.
        {"eventName": "odd.step"}, {"eventName": "odd.step"},  # They happened when they were received.
        record(timeUnixNano="1"), record(timeUnixNano="1", observedTimeUnixNano=str(now // 1_000_000)),
        record(timeUnixNano=ahead), record(timeUnixNano=str(now * 1_000), observedTimeUnixNano=ahead),
        record(traceId="ab" * 32, spanId="01"), record(traceId="no id"),
        record(**attribute("k", {"bytesValue": "%%"})), record(**attribute("k", {"stringValueStrindex": 3})),
        record(attributes=[{"key": "k"}, {"key": "k"}, {"keyStrindex": 3}]),
        record(**attribute("log.record.uid", {"stringValue": "named by its sender"})),
        record(**attribute("log.record.uid", {"arrayValue": {"values": [{"stringValue": "x"}]}})),
        # Half of a surrogate pair: it is repaired.
        record(**attribute("k", {"stringValue": "\ud800"})), record(**attribute("log.record.uid", {"stringValue": "\udfff"})),
        record(**attribute("steplog.exported", {"stringValue": "no statement"})),
    ]


class Server:
    def __init__(self, directory):
        ports = [part for flag in ("--otlp-grpc", "--otlp-http", "--listen") for part in (flag, "127.0.0.1:0")]
        with open(f"{directory}.log", "a") as log:
            self.process = subprocess.Popen(
                [STEPLOG, "serve", "--data", directory, *ports],
                stdout=subprocess.PIPE, stderr=log, text=True, env=ENVIRONMENT,
            )
        self.addresses = json.loads(self.process.stdout.readline())

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.addresses['listen']}{path}", timeout=60) as answer:
            return json.load(answer)

    def send(self, records):
        body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
        request = urllib.request.Request(
            f"http://{self.addresses['http']}/v1/logs", body, {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.load(answer).get("partialSuccess", {})
        assert not int(told.get("rejectedLogRecords", 0)), told

    def searchable(self):
        pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
        while self.get("/health/ready")["unindexed_events"]:
            assert time.monotonic() < deadline, "not all events are searchable"
            pause.wait(0.1)

    def peak_bytes(self):
        return peak_bytes(self.process)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(120) == 0, "the server stops in good order"


def peak_bytes(process):
    """The most memory that a running process had so far; 0 once it has ended."""
    with open(f"/proc/{process.pid}/status") as status:
        lines = [line for line in status if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) << 10 if lines else 0


@contextlib.contextmanager
def serving(directory):
    server = Server(directory)
    try:
        yield server
        server.stop()
    finally:
        server.process.kill()


def client(*arguments):
    """Runs a command. The most memory that it had, as of its last twentieth of a second.

    What the kernel tells of an ended child counts the memory of this program, from which it was forked.
    """
    process = subprocess.Popen([STEPLOG, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    pause, peak = threading.Event(), 0
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        peak = max(peak, peak_bytes(process))
        pause.wait(0.05)
    assert process.wait() == 0, f"{arguments} ends with {process.returncode}"
    return peak


def export(server, form, path):
    return client(
        "export", "--server", f"http://{server.addresses['listen']}", "--from", "now-10d", "--sort", "time",
        "--format", form, "--output", path, "--force",
    )


def contents(path):
    """The hash of each event by its id, without what belongs to the store."""
    events = {}
    with open(path, "rb") as file:
        for line in file:
            event = json.loads(line)
            for name in OF_THE_STORE:
                del event[name]
            text = json.dumps(event, sort_keys=True).encode()
            assert event["id"] not in events, f"{event['id']} is there twice"
            events[event["id"]] = hashlib.blake2b(text, digest_size=16).digest()
    return events


def answers(server):
    """The counts of every value, and of all."""
    facets = server.get(f"/api/v1/facets?{PERIOD}&limit=1000")
    lists = {
        name: sorted((value["value"], value["count"]) for value in facet["values"])
        for name, facet in facets["facets"].items()
    }
    assert facets["complete"] and lists, facets
    return server.get(f"/api/v1/count?{PERIOD}")["count"], lists


def within(what, peak):
    print(f"  {what}: {peak / (1 << 20):.0f} MiB at most", flush=True)
    assert peak <= MOST_BYTES, f"{what} took {peak} bytes"


def main(work):
    odd = odd_records()
    events = EVENTS + len(odd)
    with serving(f"{work}/original") as server:
        client(
            "generate", "--events", str(EVENTS), "--spread", "5d", "--endpoint",
            f"http://{server.addresses['grpc']}",
        )
        server.send(odd)
        server.searchable()
    files = {"ndjson": f"{work}/all.ndjson", "otlp-json": f"{work}/all.json"}
    # Started anew: what it had for the ingest is no part of the export.
    with serving(f"{work}/original") as server:
        server.searchable()
        for form, path in files.items():
            within(f"export of {form}, client", export(server, form, path))
            within(f"export of {form}, server", server.peak_bytes())
        wanted_answers = answers(server)
    wanted = contents(files["ndjson"])
    assert len(wanted) == events == wanted_answers[0], (len(wanted), events, wanted_answers[0])
    for form, path in files.items():
        with serving(f"{work}/{form}") as server:
            for _ in range(2 if EVENTS <= 100_000 else 1):
                within(
                    f"import of {form}, client",
                    client("import", path, "--endpoint", f"http://{server.addresses['grpc']}"),
                )
            server.searchable()
            export(server, "ndjson", f"{work}/again.ndjson")
            have = contents(f"{work}/again.ndjson")
            assert have.keys() == wanted.keys(), "the ids are the same"
            different = [event for event, content in wanted.items() if have[event] != content]
            assert not different, f"{len(different)} events are not as they were, such as {different[0]}"
            assert answers(server) == wanted_answers, "the answers are the same"
        print(f"{form}: {events} events exported and imported: same ids, flags, contents and answers", flush=True)


with tempfile.TemporaryDirectory(dir=os.environ.get("ROUNDTRIP_DIR")) as place:
    main(place)
