"""A start whose days lost their indexes listens at once, takes events and doubles none, tells what is missing, and keeps
within its memory, over kills in the middle.

    python3 rebuild.py PROGRAM [EVENTS]
"""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from journal import Journal, events, kept
from server import Server, until

PROGRAM = sys.argv[1]
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 60_000
# Starts with nothing but the logs, then starts that go on where the one before was killed.
LOST, KILLED = 2, 1
MEMORY_BYTES = 512 << 20
DAYS, OF_A_DAY = 5, 400


def lose_indexes(data):
    for index in pathlib.Path(data).glob("*/*/index"):
        shutil.rmtree(index)


def insist(journal, server, request):
    """Sends until it is taken; how long that took."""
    begun = time.monotonic()
    until("a request is taken", lambda: journal.send(server, *request) == 200, 600)
    return time.monotonic() - begun


with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data"), Journal()
    # Each names itself: whether it is there must be looked for in every day.
    known = [events(OF_A_DAY, days_ago) for days_ago in range(DAYS)]
    for request in known:
        insist(journal, server, request)
    subprocess.run([PROGRAM, "generate", "--endpoint", f"http://{server.addresses['grpc']}", "--events", str(EVENTS)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.searchable()
    before = set(kept(server))
    server.stop(signal.SIGKILL)
    starts, firsts, peak, sent_away = [], [], 0, 0
    for turn in range(LOST + KILLED):
        if turn < LOST:
            lose_indexes(server.data)
        begun = time.monotonic()
        server.start()
        starts.append(time.monotonic() - begun)
        if turn < LOST:
            health = server.ask("/health/ready")[1]
            assert health["status"] == "degraded" and health["events"] >= len(before), health
            lacking = f"{health['unindexed_events']} of "
            assert health["unindexed_events"] > 0 and health["not_searchable"].startswith(lacking), health
            assert server.ask("/api/v1/count?from=now-30d")[1]["complete"] is False
        firsts.append(insist(journal, server, events(100)))
        for request in known:
            insist(journal, server, request)
        duplicates = server.metric("steplog_append_duplicates_total")
        assert duplicates == DAYS * OF_A_DAY, f"{duplicates} events were known to be there"
        sent_away += server.metric("steplog_append_unready_batches_total")
        peak = max(peak, server.memory_bytes())
        if turn < LOST + KILLED - 1:
            server.stop(signal.SIGKILL)
    server.searchable()
    whole = time.monotonic() - begun
    until("it is ready", lambda: server.ask("/health/ready")[1]["status"] == "ready")
    rows, peak = kept(server), max(peak, server.memory_bytes())
    assert rows.keys() == before | journal.acknowledged, (len(rows), len(before | journal.acknowledged))
    doubled = [uid for uid, found in rows.items() if len(found) > 1]
    assert not doubled, f"{len(doubled)} events are doubled, of them {doubled[0]}"
    assert server.ask("/health/ready")[1]["notices"] == []
    assert peak < MEMORY_BYTES, f"a start without indexes took {peak >> 20} MiB"
    server.stop()
print(f"rebuild: {len(rows)} events, none lost or doubled; listens after {max(starts):.1f} s, takes the first event "
      f"{max(firsts):.1f} s later, {sent_away:.0f} requests sent away; searchable {whole:.0f} s after the last kill; "
      f"peak {peak >> 20} MiB")
print("1 passed, 0 failed")
