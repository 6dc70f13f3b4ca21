"""Runs every sender against a fake of a model's API and a real server, and compares what came with cases.json."""

import concurrent.futures
import difflib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import expect
import fake
import senders

BINARY, TOOLS = sys.argv[1:3]
# To look at a change of a sender: puts what came in the place of what is expected.
WRITE = "--write" in sys.argv[3:]
# The cases to run; none named: all.
NAMED = [name for name in sys.argv[3:] if name != "--write"]
CASES = pathlib.Path(__file__).parent / "cases.json"
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/agents.md"
DEADLINE_SECONDS = 60


def serve(data):
    command = [BINARY, "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    command += ["--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def until_searchable(listen):
    """Senders have flushed when they end: what came is acknowledged, and soon searchable."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://{listen}/metrics", timeout=30) as answer:
            if "\nsteplog_index_waiting_events 0\n" in answer.read().decode():
                return
        pause.wait(0.05)
    sys.exit(f"events are not searchable within {DEADLINE_SECONDS} s")


def timed(sender, places):
    started = time.monotonic()
    failed = senders.run(sender, places)
    return sender, failed, time.monotonic() - started


def run_all(chosen, places):
    """Runs the senders, as many at a time as there are cores; the cases that failed to run."""
    broken = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(timed, sender, places) for sender in chosen]
        for run in concurrent.futures.as_completed(runs):
            sender, failed, seconds = run.result()
            print(f"agents: {sender.case} ran in {seconds:.1f} s", flush=True)
            if failed is not None:
                broken.add(sender.case)
                print(f"agents: {sender.case} failed:\n{failed[-3000:]}")
    return broken


def shown(case):
    return json.dumps(case, indent=1, ensure_ascii=False).splitlines()


def named():
    """The cases that the first table of docs/agents.md names, in its last column."""
    first = DOCUMENT.read_text(encoding="utf-8").partition("\n## ")[0]
    rows = [line for line in first.splitlines() if line.startswith("|")]
    return {row.strip("| ").split(" | ")[-1].strip("`") for row in rows[2:]}


def compare(wanted, came):
    """Tells what differs in each case; the cases that differ."""
    differing = {case for case in came if wanted[case] != came[case]}
    for case in sorted(differing):
        print(f"agents: {case} is not as expected")
        difference = difflib.unified_diff(shown(wanted[case]), shown(came[case]), "expected", "came", lineterm="")
        print("\n".join(difference))
    return differing


def main(work):
    server = serve(work / "data")
    try:
        addresses = json.loads(server.stdout.readline())
        places = senders.Places(pathlib.Path(TOOLS), work, addresses["grpc"], addresses["http"], fake.serve())
        chosen = [sender for sender in senders.senders(places) if not NAMED or sender.case in NAMED]
        broken = run_all(chosen, places)
        until_searchable(addresses["listen"])
        came = {sender.case: expect.came(addresses["listen"], sender.service or sender.case)
                for sender in chosen}
    finally:
        server.terminate()
        server.wait(30)
    wanted = json.loads(CASES.read_text(encoding="utf-8"))
    if WRITE:
        wanted |= came
        CASES.write_text(json.dumps(wanted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if named() != wanted.keys():
        sys.exit(f"docs/agents.md and cases.json differ in {', '.join(sorted(named() ^ wanted.keys()))}")
    failed = broken | compare(wanted, came)
    if fake.elsewhere:
        sys.exit(f"a sender wanted to reach {', '.join(sorted(set(fake.elsewhere)))}")
    print(f"{len(came) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
    main(pathlib.Path(directory))
