"""A steplog of its own for one test: started perhaps under a tool, asked, sent to, ended.

Only Python's standard library, so that every test here runs wherever the program does.
"""

import atexit
import http.client
import json
import os
import signal
import subprocess
import threading
import time

DEADLINE_SECONDS = 60
# Of servers that a failed test leaves behind.
STARTED = []


@atexit.register
def end_all():
    for server in STARTED:
        if server.process.poll() is None:
            os.kill(server.pid(), signal.SIGKILL)


def until(what, condition, seconds=DEADLINE_SECONDS):
    """Asks until the answer is true; tells the last answer where that takes too long."""
    pause, deadline, last = threading.Event(), time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            last = condition()
        except (OSError, http.client.HTTPException) as error:
            last = error
        else:
            if last:
                return last
        pause.wait(0.02)
    raise AssertionError(f"{what}: not within {seconds} s; last: {last!r}")


def record(name, uid, at_nanos=None, **attributes):
    """A log record in the JSON form of OTLP."""
    attributes = {"log.record.uid": uid, **attributes}
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    return {"eventName": name, "timeUnixNano": str(at_nanos or time.time_ns()), "attributes": pairs}


class Server:
    """`under` goes before the program: strace, faketime and the like."""

    def __init__(self, program, data, *flags, under=(), environment=None, log=None):
        self.program, self.data, self.flags = program, data, flags
        self.under, self.environment = list(under), environment or {}
        self.log_path = log or f"{data}.log"
        self.start()

    def start(self):
        ports = [f"--{name}=127.0.0.1:0" for name in ("listen", "otlp-grpc", "otlp-http")]
        command = [*self.under, self.program, "serve", "--data", self.data, *ports, *self.flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STEPLOG_")}
        self.log = open(self.log_path, "a+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=environment | self.environment)
        if self not in STARTED:
            STARTED.append(self)
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise AssertionError(f"steplog did not start: {self.log.read()[-2000:]}")
        self.addresses = json.loads(line)

    def request(self, path, address="listen", body=None, timeout=30, source=None):
        """(status, headers, answer) of a GET, or of a POST where there is a body; `source` is the address that asks."""
        source = (source, 0) if source else None
        connection = http.client.HTTPConnection(self.addresses[address], timeout=timeout, source_address=source)
        try:
            headers = {"content-type": "application/json"} if body is not None else {}
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            said = json.loads(content) if content.startswith((b"{", b"[")) else content.decode()
            return answer.status, answer.headers, said
        finally:
            connection.close()

    def ask(self, path, **how):
        status, _, said = self.request(path, **how)
        return status, said

    def post(self, *records, resource=None, **how):
        """Sends records in one request; status, headers and what the receiver says."""
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in (resource or {}).items()]
        logs = {"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": list(records)}]}
        return self.request("/v1/logs", "http", json.dumps({"resourceLogs": [logs]}).encode(), **how)

    def send(self, *records, **how):
        status, _, said = self.post(*records, **how)
        return status, said

    def metric(self, name):
        """The sum of a metric's values, whatever their labels."""
        lines = (line for line in self.ask("/metrics")[1].splitlines() if line.startswith(name))
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line[len(name)] in " {")

    def memory_bytes(self, what="VmHWM"):
        """The most that was ever resident; what is resident now is VmRSS."""
        found = next(line for line in open(f"/proc/{self.pid()}/status") if line.startswith(f"{what}:"))
        return int(found.split()[1]) << 10

    def searchable(self):
        """Waits until everything that was written is in the index."""
        until("all is searchable", lambda: self.metric("steplog_index_waiting_events") == 0, 300)

    def logged(self):
        return open(self.log_path, encoding="utf-8", errors="replace").read()

    def count(self, period="from=now-3650d&to=now%2B3650d"):
        return self.ask(f"/api/v1/count?{period}")[1]["count"]

    def pid(self):
        """Of the program itself, below what it runs under."""
        pid = self.process.pid
        while self.under:
            children = open(f"/proc/{pid}/task/{pid}/children").read().split()
            if not children:
                break  # It took the place of what it runs under.
            pid = int(children[0])
        return pid

    def stop(self, how=signal.SIGTERM):
        os.kill(self.pid(), how)
        return self.process.wait(60)
