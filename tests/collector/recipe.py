"""Runs the Collector recipe of README.md, cut out of it word for word, on one machine whose Collector has its default
receiver, beside a backend that is already there.

Every address is the one in the text, so everything runs in a network namespace of its own, with a file system of its
own over the directories that the text names: `run` calls this under `unshare`.
"""

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

EVENTS = 3_000
NAMELESS = 50
AGENT_SPANS = 20
OTHER_SPANS = 30
STEPS = EVENTS + AGENT_SPANS
ALL = STEPS + NAMELESS + OTHER_SPANS
DEADLINE_SECONDS = 120
STEPLOG, COLLECTOR, README = sys.argv[1:4]

# What the user has before steplog: the default receiver, a backend for logs and traces. The backend is a file, so that
# every record that comes to it can be counted: a loop would bring records to it again.
BEFORE = """
receivers:
  otlp: {protocols: {grpc: {}, http: {}}}
exporters:
  file/backend: {path: backend.json, append: true}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [otlp], exporters: [file/backend]}
    traces: {receivers: [otlp], exporters: [file/backend]}
"""


def loopback_up():
    """A new network namespace has a loopback device that is down."""
    set_flags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14s", b"lo", up_and_running, b""))


def recipe():
    """The arguments of steplog and the configuration that the section "Attach your Collector" gives."""
    text = open(README, encoding="utf-8").read()
    section = re.search(r"^## Attach your Collector\n(.*?)^## ", text, re.S | re.M).group(1)
    command = re.search(r"^```sh\nsteplog (serve .*?)\n```", section, re.S | re.M).group(1)
    configuration = re.search(r"^```yaml\n(.*?)^```", section, re.S | re.M).group(1)
    return command.split(), configuration


def until(what, condition):
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    last = None
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            last = condition()
            if last is True:
                return
        pause.wait(0.05)
    raise AssertionError(f"{what}: not within {DEADLINE_SECONDS} s; last: {last}")


def get(path):
    with urllib.request.urlopen(f"http://127.0.0.1:7837{path}", timeout=10) as answer:
        return answer.read().decode()


def found():
    return json.loads(get("/api/v1/count?from=now-2d"))["count"]


def backend_records():
    """How many log records and spans came to the backend that was there before."""
    with open("backend.json", encoding="utf-8") as lines:
        requests = [json.loads(line) for line in lines]
    return sum(len(scope[records])
               for request in requests
               for resources, scopes, records in (("resourceLogs", "scopeLogs", "logRecords"),
                                                  ("resourceSpans", "scopeSpans", "spans"))
               for resource in request.get(resources, [])
               for scope in resource[scopes])


class Machine:
    """The programs of one machine, as their users start them."""

    def __init__(self):
        self.arguments, configuration = recipe()
        for name, text in (("before.yaml", BEFORE), ("recipe.yaml", configuration)):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        self.running = {}

    def start(self, name, command):
        log = open(f"{name}.log", "a")
        self.running[name] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)

    def start_steplog(self):
        self.start("steplog", [STEPLOG, *self.arguments])
        assert self.running["steplog"].stdout.readline(), "steplog did not start"

    def start_collector(self):
        self.start("collector", [COLLECTOR, "--config", "before.yaml", "--config", "recipe.yaml"])
        until("the Collector listens", lambda: socket.create_connection(("127.0.0.1", 4318), 1).close() is None)

    def exchange_ports(self):
        """Its exporter, which speaks gRPC, points at the port that steplog names for HTTP: a mistake that costs nothing."""
        grpc, http = (self.arguments[self.arguments.index(flag) + 1] for flag in ("--otlp-grpc", "--otlp-http"))
        text = open("recipe.yaml", encoding="utf-8").read()
        assert text.count(f"endpoint: {grpc}") == 1, text
        with open("recipe.yaml", "w", encoding="utf-8") as file:
            file.write(text.replace(f"endpoint: {grpc}", f"endpoint: {http}"))

    def end(self, name, how=signal.SIGTERM):
        process = self.running.pop(name)
        process.send_signal(how)
        process.wait(60)


def post(path, content):
    request = urllib.request.Request(f"http://127.0.0.1:4318{path}", json.dumps(content).encode(),
                                     {"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def spans(seed):
    """Model calls of an agent, and spans of a web server, which are no steps of anybody's way."""
    now = time.time_ns()
    kinds = [("chat gpt-5-mini", "gen_ai.operation.name", "chat")] * AGENT_SPANS
    kinds += [("GET /", "http.request.method", "GET")] * OTHER_SPANS
    return [{"traceId": f"{seed:032x}", "spanId": f"{number + 1:016x}", "name": name, "kind": 3,
             "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + number),
             "attributes": [{"key": key, "value": {"stringValue": value}}]}
            for number, (name, key, value) in enumerate(kinds)]


def send(seed):
    """To the Collector's default ports: events and spans of an agent; records without a name and other spans, which are
    no steps."""
    command = [STEPLOG, "generate", "--endpoint", "http://127.0.0.1:4317", "--events", str(EVENTS)]
    subprocess.run([*command, "--uids", "--seed", str(seed), "--batch", "200"], check=True)
    nameless = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": f"line {number}"}}
                                                                 for number in range(NAMELESS)]}]}]}
    post("/v1/logs", nameless)
    post("/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": spans(seed)}]}]})


def settled(rounds):
    """All events are found once, and nothing has come to the backend twice."""
    until("every event is found", lambda: found() == rounds * STEPS or found())
    wanted = rounds * ALL
    until("the backend has every record", lambda: backend_records() == wanted or backend_records())


def main():
    machine = Machine()
    try:
        machine.start_collector()
        send(1)
        machine.start_steplog()
        settled(1)
        print(f"recipe: the Collector first: {STEPS} events sent before steplog was there, each found once")

        machine.end("steplog", signal.SIGKILL)
        send(2)
        machine.start_steplog()
        settled(2)
        print(f"recipe: {STEPS} events sent while steplog was away, each found once")

        machine.end("collector")
        machine.end("steplog")
        machine.start_steplog()
        machine.start_collector()
        send(3)
        settled(3)
        print(f"recipe: steplog first: {STEPS} events, each found once")

        machine.end("collector")
        machine.exchange_ports()
        machine.start_collector()
        send(4)
        settled(4)
        print(f"recipe: gRPC to the port for HTTP: {STEPS} events, each found once")

        # The Collector ends only after its queues are drained, so a record on its way round would be counted here.
        machine.end("collector")
        assert backend_records() == 4 * ALL, f"the backend has {backend_records()} records"
        assert found() == 4 * STEPS, f"{found()} events are found"
        # The filter leaves to steplog what it takes: it has nothing to complain of, request after request.
        complaints = [line for line in open("collector.log", encoding="utf-8") if "Partial success" in line]
        assert not complaints, complaints[0]
        print("recipe: nothing went round, nothing that is no step was sent")
    except BaseException:
        for name in ("collector", "steplog"):
            with contextlib.suppress(FileNotFoundError):
                sys.stderr.writelines(open(f"{name}.log").readlines()[-30:])
        raise
    finally:
        for name in list(machine.running):
            machine.end(name)
    print("5 passed, 0 failed")


loopback_up()
# The recipe names a directory of the system for its queue: this one is seen by the programs of this test alone.
subprocess.run(["mount", "-t", "tmpfs", "none", "/var/lib"], check=True)
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    main()
    os.chdir("/")
