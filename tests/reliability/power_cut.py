"""A power cut on a real file system that loses what was not synced: nothing acknowledged is lost, doubled or altered.

The store lies on `lossy`, a file system in memory. Each cycle runs senders against it, cuts the power at some moment
(writes since a file's last sync go sector by sector, entries since a directory's last sync), and starts again on what
is left. A server whose syncs do nothing must lose events: that shows that the file system loses.

    python3 power_cut.py PROGRAM [CYCLES [SEED]]     $LOSSY: the file system's program
"""

import os
import random
import signal
import subprocess
import sys
import tempfile

from journal import Journal, Senders
from server import Server

PROGRAM = sys.argv[1]
CYCLES = int(sys.argv[2]) if len(sys.argv) > 2 else 4
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
LOSSY = os.environ.get("LOSSY", os.path.join(os.path.dirname(__file__), "../../target/lossy/release/lossy"))
# Small files and quick commits, so that cuts meet new files, tables, commits, merges and compaction.
FLAGS = ["--store-commit-millis", "50", "--store-log-file-bytes", "65536", "--store-compact-after-hours", "0"]
DAYS = 4


class Lossy:
    def __init__(self, directory):
        self.process = subprocess.Popen([LOSSY, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "mounted\n", "the file system does not mount: is /dev/fuse there?"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def cut(self):
        """Whatever is under way does not come to its end; the sectors and entries that were lost."""
        said = self.tell(f"cut {random.randrange(2**63)}").split()
        return int(said[1]), int(said[4])

    def restore(self):
        assert self.tell("restore") == "mounted\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def cycle(start, lossy, journal, events):
    """One life of a server, until the power is cut under its hands; the sectors and entries that it cost."""
    server = start()
    senders = Senders(server, journal, days=DAYS)
    try:
        senders.more(events)
        lost = lossy.cut()
    finally:
        server.stop(signal.SIGKILL)
        senders.finish()
    lossy.restore()
    return lost


def cuts():
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as mount, Lossy(mount) as lossy:
        start = lambda: Server(PROGRAM, f"{mount}/data", *FLAGS, log=f"{work}/log")
        journal, sectors, entries = Journal(), 0, 0
        for number in range(CYCLES):
            lost = cycle(start, lossy, journal, random.choice([1, 40, 400]))
            sectors, entries = sectors + lost[0], entries + lost[1]
            server = start()
            try:
                journal.check(server, f"seed {SEED}, cut {number}")
            finally:
                server.stop()
        print(f"power cut: {CYCLES} cuts that took {sectors} sectors and {entries} entries; "
              f"{len(journal.acknowledged)} events acknowledged, none lost, doubled or altered")


def without_syncs():
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as mount, Lossy(mount) as lossy:
        under = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                 "inject=fdatasync,fsync:retval=0"]
        journal = Journal()
        cycle(lambda: Server(PROGRAM, f"{mount}/data", *FLAGS, log=f"{work}/log", under=under), lossy, journal, 100)
        server = Server(PROGRAM, f"{mount}/data", *FLAGS, log=f"{work}/log")
        try:
            kept = server.count()
        finally:
            server.stop()
        assert kept < len(journal.acknowledged), "a server that syncs nothing lost nothing: the file system keeps all"
        print(f"power cut: without syncs {len(journal.acknowledged) - kept} of {len(journal.acknowledged)} are lost")


random.seed(SEED)
print(f"power cut: seed {SEED}", flush=True)
cuts()
without_syncs()
print("2 passed, 0 failed")
