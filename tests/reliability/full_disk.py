"""A disk that fills up, at any moment, loses nothing: what cannot be synced is refused and told to come again.

A small file system of its own is filled to its last bytes, or nearly, while senders are at work, with days that are
new; every third time the server is killed and started on the full disk. Questions are answered throughout, every refusal
has a hint, and events are taken again soon after there is room. Needs the right to mount.

    python3 full_disk.py PROGRAM [POINTS [tmpfs|ext4 [SEED]]]     ext4 needs loop devices
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

from journal import Journal, Senders, events
from server import Server, until

PROGRAM = sys.argv[1]
POINTS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
KIND = sys.argv[3] if len(sys.argv) > 3 else "tmpfs"
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(2**32)
DISK_BYTES = {"tmpfs": 64 << 20, "ext4": 96 << 20}
# A store that has grown beyond it is judged and begun anew.
STORE_BYTES = 20 << 20
FLAGS = ["--store-log-file-bytes", "1048576", "--store-commit-millis", "200"]
# Of each event, so that little room is full soon.
NOISE_BYTES = 8192
# Generous: it was below a second wherever it was measured.
BACK_SECONDS = 5


class Disk:
    """A small file system in `directory`, within `work` where it needs a file."""

    def __init__(self, work, directory):
        self.directory, self.filler = directory, f"{directory}/filler"
        if KIND == "tmpfs":
            what = ["-t", "tmpfs", "-o", f"size={DISK_BYTES[KIND]}", "tmpfs"]
        else:
            image = f"{work}/image"
            with open(image, "wb") as file:
                file.truncate(DISK_BYTES[KIND])
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
            what = ["-o", "loop", image]
        subprocess.run(["mount", *what, directory], check=True)

    def fill(self, leave):
        """Takes the room but for so many bytes."""
        with open(self.filler, "wb") as file:
            while not os.fstat(file.fileno()).st_size:
                room = os.statvfs(self.directory)
                try:
                    os.posix_fallocate(file.fileno(), 0, max(4096, room.f_bavail * room.f_frsize - leave))
                except OSError:
                    leave = max(leave, 1 << 20)  # A sender was quicker, and nothing is taken.

    def free(self):
        os.unlink(self.filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.directory], check=True)


def point(number, server, disk, journal):
    senders = Senders(server, journal, batch=random.choice([1, 10, 50]), days=1 + number % 3, noise_bytes=NOISE_BYTES)
    try:
        senders.more(50)
        disk.fill(random.choice([0, random.randrange(1 << 18), random.randrange(4 << 20)]))
        # One that fits no more: smaller ones may, into room that a log has already.
        until("the disk is full", lambda: journal.send(server, *events(100, noise_bytes=NOISE_BYTES)) in (429, 503))
        assert server.ask("/api/v1/events")[0] == 200, "questions are answered on a full disk"
        if number % 3 == 2:
            server.stop(signal.SIGKILL)
            server.start()
            assert server.ask("/api/v1/events")[0] == 200, "a server that starts on a full disk answers"
        disk.free()
        target = len(journal.acknowledged) + 1
        until("events are taken again", lambda: len(journal.acknowledged) >= target, BACK_SECONDS)
    finally:
        senders.finish()


def stop_and_start(server, disk, journal):
    """A stop on a full disk says at once what it waits for, a start that it takes no events; both lose nothing."""
    assert journal.send(server, *events(1)) == 200, "there is room"
    server.searchable()
    disk.fill(0)
    assert journal.send(server, *events(1)) == 200, "the log has room of its own"
    until("the index has none", lambda: server.ask("/health/ready")[1].get("status") == "degraded")
    told = len(server.logged())
    assert server.stop() == 0
    assert "waiting some seconds for the last events" in server.logged()[told:], "a stop says what it waits for"
    disk.fill(0)  # What the log had beyond its events is given back.
    server.start()
    status, said = server.ask("/health/ready")
    assert status == 503 and "is full: make room" in said["detail"], (status, said)
    assert journal.send(server, *events(1)) == 503
    disk.free()
    until("ready once there is room", lambda: server.ask("/health/ready")[0] == 200, BACK_SECONDS)
    print("full disk: a stop told what it waited for, a start that it took nothing; ready again with room")


def size(directory):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(directory) for name in names)


def main():
    random.seed(SEED)
    print(f"full disk: {KIND}, seed {SEED}", flush=True)
    acknowledged, refused = 0, 0
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as mount, Disk(work, mount) as disk:
        server, journal = Server(PROGRAM, f"{mount}/data", *FLAGS, log=f"{work}/log"), Journal()
        for number in range(POINTS):
            point(number, server, disk, journal)
            if number + 1 < POINTS and size(server.data) < STORE_BYTES:
                continue
            acknowledged += journal.check(server, f"seed {SEED}, point {number}")
            refused += sum(times for status, times in journal.statuses.items() if status in (429, 503))
            server.stop()
            shutil.rmtree(server.data)
            journal = Journal()
            server.start()
        stop_and_start(server, disk, journal)
        journal.check(server, f"seed {SEED}, stop and start")
        server.stop()
    print(f"full disk: full {POINTS} times; {acknowledged} events acknowledged, none lost, doubled or altered; "
          f"{refused} requests told to come again")
    print("1 passed, 0 failed")


main()
