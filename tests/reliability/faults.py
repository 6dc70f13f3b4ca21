"""Whatever a system call does, nothing acknowledged is lost, doubled or altered, and the next start has all of it.

Each case runs a server under strace, which kills it at the Nth call of one kind (the power button), or has that call
fail: EIO once and for good, ENOSPC for a while. A fixed script of requests runs until the server ends or the script
does; a start without faults must then have every acknowledged event once, as it was sent.

    python3 faults.py PROGRAM [POINTS [SEED]]     POINTS of each kind, 2 unless told otherwise; SEED repeats a choice
"""

import json
import random
import signal
import sys
import tempfile

from journal import Journal, events
from server import Server

PROGRAM = sys.argv[1]
POINTS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
REQUESTS, EVENTS, DAYS = 30, 20, 3
# Small files and quick commits, so that the script passes new files, tables, commits and merges.
FLAGS = ["--store-commit-millis", "20", "--store-log-file-bytes", "65536"]

# What is made to happen, at which calls, and how many of them a script makes at least.
KILLS = {"pwrite64": 60, "fdatasync": 40, "fsync": 40, "rename": 12, "unlink": 4, "openat": 150}
ERRORS = {"pwrite64": 60, "fdatasync": 40, "fsync": 40, "openat": 150}


def script(server, journal):
    """Sends the requests of the script, until the server ends or the script does."""
    for number in range(REQUESTS):
        status = journal.send(server, *events(EVENTS, number % DAYS))
        if status is None and server.process.poll() is not None:
            return


def check(directory, journal, case):
    server = Server(PROGRAM, f"{directory}/data")
    try:
        return journal.check(server, case)
    finally:
        server.stop()


def run(case, call, inject):
    with tempfile.TemporaryDirectory() as directory:
        # The first start makes the store, so that the faults meet one at work.
        Server(PROGRAM, f"{directory}/data", *FLAGS).stop()
        under = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{inject}"]
        try:
            server = Server(PROGRAM, f"{directory}/data", *FLAGS, under=under)
        except (AssertionError, json.JSONDecodeError):
            return 0  # The fault met the start itself; the next start must not mind.
        journal = Journal()
        script(server, journal)
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
        return check(directory, journal, case)


def main():
    random.seed(SEED)
    print(f"faults: seed {SEED}", flush=True)
    cases = []
    for call, most in KILLS.items():
        cases += [(f"SIGKILL at {call} {at}", call, f"signal=SIGKILL:when={at}") for at in random.sample(range(1, most), min(POINTS, most - 1))]
    for call, most in ERRORS.items():
        for at in random.sample(range(1, most), min(POINTS, most - 1)):
            cases.append((f"EIO at {call} {at}", call, f"error=EIO:when={at}"))
            cases.append((f"EIO at {call} from {at} on", call, f"error=EIO:when={at}+"))
            cases.append((f"ENOSPC at {call} {at} to {at + 5}", call, f"error=ENOSPC:when={at}..{at + 5}"))
    acknowledged = sum(run(*case) for case in cases)
    assert acknowledged > len(cases) * EVENTS, f"only {acknowledged} events were acknowledged in {len(cases)} cases"
    print(f"faults: {len(cases)} cases, {acknowledged} events acknowledged, none lost, doubled or altered")
    print("1 passed, 0 failed")


main()
