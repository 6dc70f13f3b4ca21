"""A steplog of its own for one test: started perhaps under a tool, asked, sent to, ended.

Only Python's standard library, so that every test here runs wherever the program does.
"""

import http.client
import json
import os
import signal
import subprocess
import threading
import time

DEADLINE_SECONDS = 60


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

    def __init__(self, program, data, *flags, under=(), environment=None):
        self.program, self.data, self.flags = program, data, flags
        self.under, self.environment = list(under), environment or {}
        self.start()

    def start(self):
        ports = [f"--{name}=127.0.0.1:0" for name in ("listen", "otlp-grpc", "otlp-http")]
        command = [*self.under, self.program, "serve", "--data", self.data, *ports, *self.flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STEPLOG_")}
        self.log = open(f"{self.data}.log", "a+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=environment | self.environment)
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise AssertionError(f"steplog did not start: {self.log.read()[-2000:]}")
        self.addresses = json.loads(line)

    def ask(self, path, address="listen", body=None, timeout=30):
        """(status, answer) of a GET, or of a POST where there is a body."""
        connection = http.client.HTTPConnection(self.addresses[address], timeout=timeout)
        try:
            headers = {"content-type": "application/json"} if body is not None else {}
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content.startswith((b"{", b"[")) else content.decode()
        finally:
            connection.close()

    def send(self, *records, resource=None):
        """Sends records in one request; the status and what the receiver says."""
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in (resource or {}).items()]
        logs = {"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": list(records)}]}
        return self.ask("/v1/logs", "http", json.dumps({"resourceLogs": [logs]}).encode())

    def count(self, period="from=now-3650d&to=now%2B3650d"):
        return self.ask(f"/api/v1/count?{period}")[1]["count"]

    def pid(self):
        """Of the program itself, below what it runs under."""
        pid = self.process.pid
        while self.under:
            children = open(f"/proc/{pid}/task/{pid}/children").read().split()
            if not children:
                break
            pid = int(children[0])
        return pid

    def stop(self, how=signal.SIGTERM):
        os.kill(self.pid(), how)
        return self.process.wait(60)
