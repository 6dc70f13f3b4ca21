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
EXAMPLES = os.path.join(os.path.dirname(DOCUMENT), "..", "examples")
DEADLINE_SECONDS = 60

# By the language of the block: the file to write, the command to run, and where.
COMMANDS = {
    "python": ("program.py", [f"{TOOLS}/python/bin/python", "program.py"], TOOLS),
    "js": ("program.mjs", ["node", "program.mjs"], f"{TOOLS}/js"),
    "go": ("main.go", ["go", "run", "."], f"{TOOLS}/go"),
    "java": ("Orders.java", ["java", "-cp", None, "Orders.java"], f"{TOOLS}/java"),
}
# A program in Rust is the example with the same text, which is built beside the server.
RUST = "rust"


def programs():
    text = open(DOCUMENT, encoding="utf-8").read()
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)
    return [(language, program) for language, program in blocks if language in COMMANDS or language == RUST]


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


def example(program):
    for file in os.listdir(EXAMPLES):
        if file.endswith(".rs"):
            source = open(f"{EXAMPLES}/{file}", encoding="utf-8").read()
            if re.sub(r"^(//!.*\n)*\n", "", source) == program:
                return os.path.join(os.path.dirname(BINARY), "examples", file.removesuffix(".rs"))
    sys.exit(f"no example has the text of the Rust program in {DOCUMENT}")


def run(language, program, environment):
    if language == RUST:
        subprocess.run([example(program)], env=environment, check=True, timeout=60)
        return
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
        over_http, over_grpc = f"http://{addresses['http']}/v1/logs", f"http://{addresses['grpc']}"
        ran = programs()
        assert len(ran) == 6, f"{len(ran)} programs in {DOCUMENT}"
        number = 0
        for language, program in ran:
            endpoint = over_grpc if language == RUST else over_http
            run(language, program, os.environ | {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": endpoint, "GOTOOLCHAIN": "local"})
            # The one in Rust tells the beginning of its step as well.
            number += 2 if language == RUST else 1
            page = "/api/v1/events?columns=event,status,person,interaction,occurred_in,reason&limit=100"
            events = until(f"the event of {language}",
                           lambda: (found := get(addresses["listen"], page)["events"]) and len(found) == number and found)
            event = max(events, key=lambda one: one["seq"])
            told = {"order.shipped": ("success", "journey", None), "order.failed": ("failure", None, "Address not found")}
            came = event["status"], event.get("occurred_in"), event.get("reason")
            assert came == told[event["event"]], event
            assert (event["person"], event["interaction"]) == ("customer-7", "order-4711"), event
            print(f"instrument: {language}: {event['event']}, {event['status']}, with person and interaction")
        print(f"{len(ran)} passed, 0 failed")
    finally:
        server.terminate()
        server.wait(30)


with tempfile.TemporaryDirectory() as work:
    main(work)
