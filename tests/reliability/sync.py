"""Acknowledged means on disk: strace sees an fdatasync of the log before each reply, and of a new file's directory.

The requests go one after the other, over several days, so whatever is synced between a request and its reply is synced
for that reply. The same requests to a server whose `fdatasync` and `fsync` do nothing must fail the check: that shows
that it can.
"""

import os
import re
import sys
import tempfile
import time
import uuid

from server import Server, record

PROGRAM = sys.argv[1]
REQUESTS, DAYS = 20, 4
NANOS_PER_DAY = 86_400 * 10**9


class Trace:
    """What strace wrote until now. It writes a call's end before the program goes on."""

    def __init__(self, path):
        self.path = path

    def calls(self):
        text = open(self.path, encoding="utf-8", errors="replace").read()
        # A call that others interrupt is written in two lines: its beginning is joined to its end.
        begun, whole = {}, []
        for line in text.splitlines():
            thread, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[thread] = call.removesuffix("<unfinished ...>").rstrip()
            elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
                whole.append(begun.pop(thread, "") + resumed.group(1))
            else:
                whole.append(call)
        return whole

    def synced(self, pattern):
        """How many completed syncs there were of files whose path matches."""
        wanted = re.compile(rf"^f(?:data)?sync\(\d+<[^>]*{pattern}>\)\s+= 0$")
        return sum(bool(wanted.match(call)) for call in self.calls())

    def created_logs(self):
        found = (re.match(r'^openat\(.*"([^"]+\.frames)",.*O_CREAT.*= \d+', call) for call in self.calls())
        return [match.group(1) for match in found if match]


def unsynced_replies(server, trace):
    """The replies before which nothing was synced, and the new files whose directory was not."""
    problems = []
    for number in range(REQUESTS):
        before = trace.synced(r"log-\d+\.frames")
        at = time.time_ns() - number % DAYS * NANOS_PER_DAY
        status, said = server.send(record("sync.step", uuid.uuid4().hex, at))
        assert status == 200 and said == {}, (status, said)
        if trace.synced(r"log-\d+\.frames") <= before:
            problems.append(f"reply {number}: no sync of a log")
        for path in trace.created_logs():
            if not trace.synced(re.escape(os.path.dirname(path))):
                problems.append(f"reply {number}: {path} is new, and its directory was not synced")
    return problems


def run(directory, *inject):
    path = f"{directory}/trace"
    watch = ["strace", "-f", "-y", "-o", path, "-e", "trace=fdatasync,fsync,openat", *inject]
    server = Server(PROGRAM, f"{directory}/data", under=watch)
    try:
        return unsynced_replies(server, Trace(path))
    finally:
        server.stop()


with tempfile.TemporaryDirectory() as work:
    problems = run(work)
    assert not problems, problems
    print(f"sync: {REQUESTS} replies over {DAYS} days, each after a sync of its log and of new files' directories")
with tempfile.TemporaryDirectory() as work:
    # A call that strace answers itself carries "(INJECTED)": the server believes that it was done.
    problems = run(work, "-e", "inject=fdatasync,fsync:retval=0")
    assert len(problems) >= REQUESTS, f"a server that syncs nothing passes: {problems}"
    print("sync: a server whose syncs do nothing is found out")
print("2 passed, 0 failed")
