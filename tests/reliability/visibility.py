"""An event that was seen once is seen always, and counts never fall, through commits, merges and compaction.

Pollers walk all pages and count while events come in many small commits; every answer must have all that the same
poller's answer before it had. Every acknowledged event is found within a moment.

    python3 visibility.py PROGRAM [COMMITS]
"""

import sys
import tempfile
import threading

from journal import Journal, Senders, kept
from server import Server, until

PROGRAM = sys.argv[1]
COMMITS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
FLAGS = ["--store-commit-millis", "20", "--store-log-file-bytes", "65536", "--store-compact-after-hours", "0"]


class Poller(threading.Thread):
    def __init__(self, server, look):
        super().__init__()
        self.server, self.look, self.looks, self.problem, self.ended = server, look, 0, None, threading.Event()
        self.start()

    def run(self):
        before = self.look(self.server)
        while not self.ended.is_set() and not self.problem:
            now = self.look(self.server)
            if not before <= now:
                self.problem = f"fell from {len(before)} to {len(now)}" if isinstance(now, set) else f"{before} to {now}"
            before, self.looks = now, self.looks + 1


def ids(server):
    return set(kept(server))


with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data", *FLAGS), Journal()
    senders = Senders(server, journal, days=3)
    pollers = [Poller(server, look) for look in (ids, ids, Server.count, Server.count)]
    try:
        commits = lambda: server.metric("steplog_commit_seconds_count")
        until("commits are made", lambda: senders.failures or commits() >= COMMITS, 600)
    finally:
        senders.finish()
        for poller in pollers:
            poller.ended.set()
            poller.join()
    problems = [poller.problem for poller in pollers if poller.problem]
    assert not problems, problems
    merges = server.metric("steplog_merge_seconds_count")
    assert merges > 0, "no merge ran"
    journal.check(server, "at the end")
    server.stop()
print(f"visibility: {COMMITS} commits and {merges:.0f} merges; {sum(poller.looks for poller in pollers)} looks, "
      f"none saw less than the one before")
print("1 passed, 0 failed")
