"""Commands that work on a store without a server may be killed at any moment: no event is lost, and the next run ends.

`check --rebuild`, `check --compact` and `import --data` are killed at moments of their run; each of them, and a second
server, is refused beside a server that holds the directory.

    python3 offline.py PROGRAM [KILLS [SEED]]     of each command
"""

import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from journal import Journal, events
from server import Server

PROGRAM = sys.argv[1]
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
REQUESTS, EVENTS = 12, 500
FLAGS = ["--store-log-file-bytes", "262144", "--store-compact-after-hours", "1000"]


def run(arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)


def judge(data, journal, case):
    server = Server(PROGRAM, data, *FLAGS)
    try:
        journal.check(server, case)
        notices = server.ask("/health/ready")[1]["notices"]
        assert not notices, f"{case}: {notices}"
    finally:
        server.stop()
    checked = run(["check", "--data", data])
    assert checked.returncode == 0, f"{case}: {checked.stdout}"


def killed_runs(work, base, journal, what, arguments):
    """How many runs ended by a kill; each is followed by a whole one for what must be repeated."""
    data = f"{work}/data"

    def fresh():
        shutil.rmtree(data, ignore_errors=True)
        if what != "import":
            shutil.copytree(base, data)

    fresh()
    begun = time.monotonic()
    assert run(arguments).returncode == 0
    took, kills = time.monotonic() - begun, 0
    judge(data, journal, what)
    for number in range(KILLS):
        fresh()
        process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        threading.Event().wait(random.uniform(0, took))
        process.kill()
        kills += process.wait() == -9
        if what == "import":
            again = run(arguments)
            assert again.returncode == 0, again.stderr
        judge(data, journal, f"seed {SEED}, {what}, kill {number}")
    return kills


def main():
    random.seed(SEED)
    print(f"offline: seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        base, exported, journal = f"{work}/base", f"{work}/exported.ndjson", Journal()
        server = Server(PROGRAM, base, *FLAGS)
        for number in range(REQUESTS):
            assert journal.send(server, *events(EVENTS, days_ago=1 + number % 3)) == 200
        server.searchable()
        url = f"http://{server.addresses['listen']}"
        made = run(["export", "--server", url, "--from", "now-20d", "--output", exported])
        assert made.returncode == 0, made.stderr
        commands = {"rebuild": ["check", "--rebuild", "--data"], "compact": ["check", "--compact", "--data"],
                    "import": ["import", exported, "--data"]}
        for what, arguments in commands.items():
            refused = run([*arguments, base])
            told = "used by another" in refused.stderr or "a steplog runs on it" in refused.stderr
            assert refused.returncode != 0 and told, f"{what}: {refused}"
        server.stop()
        kills = {what: killed_runs(work, base, journal, what, [*arguments, f"{work}/data"])
                 for what, arguments in commands.items()}
    print(f"offline: killed {kills}; {len(journal.acknowledged)} events, none lost, doubled or altered")
    print("1 passed, 0 failed")


main()
