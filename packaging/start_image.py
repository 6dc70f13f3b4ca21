"""Starts the program of a container in the container's own file system, sends it an event, and finds the event."""

import json
import subprocess
import sys
import threading
import time
import urllib.request

CONTAINER = sys.argv[1]
DEADLINE_SECONDS = 60


def main():
    listen = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]
    command = ["buildah", "run", "--isolation", "chroot", "--network", "host", CONTAINER, "--"]
    server = subprocess.Popen([*command, "/steplog", "serve", "--data", "/data", *listen], stdout=subprocess.PIPE)
    try:
        addresses = json.loads(server.stdout.readline())
        record = {"eventName": "image.started"}
        body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
        request = urllib.request.Request(f"http://{addresses['http']}/v1/logs", body, {"content-type": "application/json"})
        assert urllib.request.urlopen(request, timeout=10).status == 200
        pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"http://{addresses['listen']}/api/v1/count?event=image.started", timeout=10) as found:
                if json.load(found)["count"] == 1:
                    return
            pause.wait(0.05)
        sys.exit(f"the event was not found within {DEADLINE_SECONDS} s")
    finally:
        server.terminate()
        server.wait(30)


main()
