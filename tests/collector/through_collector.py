"""Sends events through a real Collector that delivers each one twice, and kills steplog in between.

Each event must then be found exactly once. What the Collector's file exporter wrote of them is imported into an empty
store, which must then have the same events.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

EVENTS = 10_000
DEADLINE_SECONDS = 120
STEPLOG, COLLECTOR, CONFIG = sys.argv[1:4]


def free_address():
    """An address that was free a moment ago: steplog must come back on the one that the Collector knows."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def get(address, path):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
        return answer.read().decode()


def until(what, condition):
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    last = None
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            last = condition()
            if last is True:
                return
        pause.wait(0.05)
    sys.exit(f"{what}: not within {DEADLINE_SECONDS} s; last: {last}")


def start_steplog(directory, addresses):
    command = [STEPLOG, "serve", "--data", f"{directory}/data", "--otlp-grpc", addresses["grpc"]]
    command += ["--otlp-http", addresses["http"], "--listen", addresses["listen"]]
    with open(f"{directory}/steplog.log", "a") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    line = process.stdout.readline()
    if not line:
        sys.exit(open(f"{directory}/steplog.log").read())
    json.loads(line)
    return process


def found(addresses):
    return json.loads(get(addresses["listen"], "/api/v1/histogram"))["total"]


def delivered(addresses):
    """Records that reached steplog since its start, each delivery counted."""
    metrics = get(addresses["listen"], "/metrics")
    counts = re.findall(r"^steplog_append_(?:events|duplicates)_total(?:\{.*\})? (\d+)", metrics, re.M)
    return sum(map(int, counts))


def generate(collector_address, seed):
    command = [STEPLOG, "generate", "--endpoint", f"http://{collector_address}", "--events", str(EVENTS)]
    subprocess.run([*command, "--uids", "--seed", str(seed), "--batch", "200"], check=True)


def settled(addresses, events, deliveries):
    until("every delivery", lambda: delivered(addresses) >= deliveries or delivered(addresses))
    until("every event", lambda: found(addresses) >= events or found(addresses))
    assert found(addresses) == events, f"{found(addresses)} events are found, {events} were sent"


def exported(*source):
    """The events of a store by their id, without what belongs to it."""
    command = [STEPLOG, "export", "--format", "ndjson", "--from", "now-2d", *source]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    events = {}
    for event in map(json.loads, lines):
        del event["seq"], event["received"]
        events[event["id"]] = event
    return events


def imports(directory, wanted):
    """The file that the Collector wrote, in an empty store."""
    store = f"{directory}/imported"
    for new in (len(wanted), 0):
        command = [STEPLOG, "import", f"{directory}/exported.json", "--data", store, "--json"]
        report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        assert report["new"] == new and report["rejected"] == report["left_out"] == 0, report
    have = exported("--data", store)
    assert have.keys() == wanted.keys(), f"{len(have)} events imported, {len(wanted)} sent"
    different = [id for id, event in wanted.items() if have[id] != event]
    assert not different, f"{len(different)} differ, such as {wanted[different[0]]} and {have[different[0]]}"
    print(f"collector: {len(have)} events imported from the file exporter's file, each as it was sent")


def main(directory):
    addresses = {name: free_address() for name in ("grpc", "http", "listen")}
    collector_address = free_address()
    os.mkdir(f"{directory}/queue")
    environment = os.environ | {
        "QUEUE_DIR": f"{directory}/queue",
        "COLLECTOR_GRPC": collector_address,
        "STEPLOG_GRPC": addresses["grpc"],
        "STEPLOG_HTTP": addresses["http"],
        "EXPORTED_FILE": f"{directory}/exported.json",
    }
    steplog = start_steplog(directory, addresses)
    with open(f"{directory}/collector.log", "w") as log:
        collector = subprocess.Popen([COLLECTOR, "--config", CONFIG], env=environment, stderr=log)
    try:
        generate(collector_address, 1)
        settled(addresses, EVENTS, 2 * EVENTS)
        print(f"collector: {EVENTS} events sent twice, each found once")
        steplog.kill()
        steplog.wait()
        generate(collector_address, 2)
        steplog = start_steplog(directory, addresses)
        settled(addresses, 2 * EVENTS, 2 * EVENTS)
        print(f"collector: {EVENTS} more sent while steplog was away, each found once")
        wanted = exported("--server", f"http://{addresses['listen']}")
    except BaseException:
        for name in ("collector", "steplog"):
            sys.stderr.writelines(open(f"{directory}/{name}.log").readlines()[-30:])
        raise
    finally:
        for process in (collector, steplog):
            process.terminate()
            process.wait(30)
    # The Collector has ended: its file is whole.
    imports(directory, wanted)
    print("3 passed, 0 failed")


with tempfile.TemporaryDirectory() as work:
    main(work)
