"""No question waits for a sync: with a disk whose syncs take long, pages come as they do when nothing is written.

strace holds every fdatasync for a while. One sender sends, so that logs and commits are synced without a pause, and
askers ask; those that took half of a sync are counted.

    python3 slow_sync.py PROGRAM [SECONDS_OF_A_SYNC [ASKS]]
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from journal import Journal, Senders, events
from server import Server, until

PROGRAM = sys.argv[1]
SYNC_SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
ASKS = int(sys.argv[3]) if len(sys.argv) > 3 else 100
ASKERS = 4


def times(server):
    """How long each page took; sorted."""
    def one(_):
        took = []
        for _ in range(ASKS):
            begun = time.monotonic()
            status, _ = server.ask("/api/v1/events?limit=10")
            took.append(time.monotonic() - begun)
            assert status == 200, status
        return took

    with ThreadPoolExecutor(ASKERS) as pool:
        return sorted(seconds for took in pool.map(one, range(ASKERS)) for seconds in took)


with tempfile.TemporaryDirectory() as directory:
    under = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
             f"inject=fdatasync:delay_enter={int(1e6 * SYNC_SECONDS)}"]
    server, journal = Server(PROGRAM, f"{directory}/data", under=under), Journal()
    assert journal.send(server, *events(50)) == 200
    until("all is found", lambda: server.count() == 50)
    quiet = times(server)
    senders = Senders(server, journal, senders=2)
    try:
        syncs = server.metric("steplog_sync_group_seconds_count")
        busy = []
        while server.metric("steplog_sync_group_seconds_count") < syncs + 5:
            busy += times(server)
    finally:
        senders.finish()
    journal.check(server, "at the end")
    server.stop()
busy.sort()
at = lambda took, part: 1e3 * took[min(len(took) - 1, int(len(took) * part))]
waited = sum(seconds > SYNC_SECONDS / 2 for seconds in busy)
print(f"slow sync: a sync takes {SYNC_SECONDS} s; pages while nothing comes: median {at(quiet, .5):.1f} ms, p99 "
      f"{at(quiet, .99):.1f} ms; while events come: median {at(busy, .5):.1f} ms, p99 {at(busy, .99):.1f} ms, longest "
      f"{at(busy, 1):.0f} ms; {waited} of {len(busy)} took half of a sync")
assert waited == 0, "questions waited for a sync"
print("1 passed, 0 failed")
