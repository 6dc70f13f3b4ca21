"""A clock that leaps, by hours or years, behind or ahead, while it runs or between two starts, costs no acknowledged event.

Events of now are sent while the clock is right, wrong and right again; all of them must be there at the end, once.
Needs faketime.

    python3 clocks.py PROGRAM [LEAP ...]     such as -1h +1h -40d +40d -10y +10y
"""

import glob
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]
LEAPS = sys.argv[2:] or ["-40d", "+10y"]
EVERYTHING = "from=1971-01-01T00:00:00Z&to=2200-01-01T00:00:00Z"


def leap(library, by, restarts):
    with tempfile.TemporaryDirectory() as directory:
        clock = f"{directory}/clock"

        def show(offset):
            open(clock, "w").write(offset)

        show("+0")
        server = Server(PROGRAM, f"{directory}/data", environment={
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
        journal = Journal()
        for offset in ("+0", by, "+0"):
            show(offset)
            if restarts:
                server.stop()
                server.start()
            before = server.metric("steplog_store_bytes")
            for _ in range(5):
                assert journal.send(server, *events(20)) == 200
            until("all is found", lambda: server.count(EVERYTHING) >= len(journal.sent))
            # What drops old days has looked since, at the clock as it is now: it told the bytes of what came.
            until("old days are looked for", lambda: server.metric("steplog_store_bytes") != before)
        try:
            count = server.count(EVERYTHING)
            assert count == len(journal.sent), f"{by}: {count} of {len(journal.sent)} are kept"
        finally:
            server.stop()


libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/faketime/libfaketimeMT.so.1")
assert libraries, "faketime is missing"
cases = [(by, restarts) for by in LEAPS for restarts in (False, True)]
# Each waits most of the time.
with ThreadPoolExecutor(len(cases)) as pool:
    for case in [pool.submit(leap, libraries[0], *case) for case in cases]:
        case.result()
print(f"clocks: {len(LEAPS)} leaps, each in mid-run and between starts: every event kept")
print("1 passed, 0 failed")
