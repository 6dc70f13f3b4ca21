"""Runs every program of docs/instrument.md against a real server and looks for the event that each must give."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BINARY, TOOLS, DOCUMENT = sys.argv[1:4]
DEADLINE_SECONDS = 60

# By the language of the block: the file to write, the command to run, and where.
COMMANDS = {
    "python": ("program.py", [f"{TOOLS}/python/bin/python", "program.py"], TOOLS),
    "js": ("program.mjs", ["node", "program.mjs"], f"{TOOLS}/js"),
    "go": ("main.go", ["go", "run", "."], f"{TOOLS}/go"),
    "java": ("Orders.java", ["java", "-cp", None, "Orders.java"], f"{TOOLS}/java"),
}


def programs():
    text = open(DOCUMENT, encoding="utf-8").read()
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)
    return [(language, program) for language, program in blocks if language in COMMANDS]


def get(listen, path):
    with urllib.request.urlopen(f"http://{listen}{path}", timeout=10) as answer:
        return json.load(answer)


def until(what, condition):
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        pause.wait(0.05)
    sys.exit(f"{what}: not within {DEADLINE_SECONDS} s")


def run(language, program, environment):
    name, command, directory = COMMANDS[language]
    with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
        file.write(program)
    if language == "java":
        command = [open(f"{directory}/classpath").read() if part is None else part for part in command]
    subprocess.run(command, cwd=directory, env=environment, check=True, timeout=300)


def main(directory):
    command = [BINARY, "serve", "--data", f"{directory}/data", "--listen", "127.0.0.1:0"]
    command += ["--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        addresses = json.loads(server.stdout.readline())
        endpoint = f"http://{addresses['http']}/v1/logs"
        environment = os.environ | {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": endpoint, "GOTOOLCHAIN": "local"}
        ran = programs()
        assert len(ran) == 5, f"{len(ran)} programs in {DOCUMENT}"
        for number, (language, program) in enumerate(ran, 1):
            run(language, program, environment)
            page = f"/api/v1/events?columns=event,status,person,interaction&limit={len(ran)}"
            events = until(f"the event of {language}",
                           lambda: (found := get(addresses["listen"], page)["events"]) and len(found) == number and found)
            event = max(events, key=lambda one: one["seq"])
            status = {"order.shipped": "success", "order.failed": "failure"}
            assert event["status"] == status[event["event"]], event
            assert (event["person"], event["interaction"]) == ("customer-7", "order-4711"), event
            print(f"instrument: {language}: {event['event']}, {event['status']}, with person and interaction")
        print(f"{len(ran)} passed, 0 failed")
    finally:
        server.terminate()
        server.wait(30)


with tempfile.TemporaryDirectory() as work:
    main(work)
