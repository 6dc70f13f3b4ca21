"""A directory that cannot be written, is held by another, or becomes read-only, is told in one line, at once, and read.

Needs the right to mount.
"""

import subprocess
import sys
import tempfile

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]


def refusal(directory):
    """What a start says that must fail at once."""
    ports = [f"--{name}=127.0.0.1:0" for name in ("listen", "otlp-grpc", "otlp-http")]
    ended = subprocess.run([PROGRAM, "serve", "--data", directory, *ports], capture_output=True, text=True, timeout=20)
    assert ended.returncode not in (0, -6, -11, 101), ended
    lines = [line for line in ended.stderr.splitlines() if '"level":"INFO"' not in line]
    assert len(lines) == 1 and directory in lines[0], ended.stderr
    return lines[0]


def mount(*what):
    subprocess.run(["mount", *what], check=True)


with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as disk:
    with open(f"{work}/image", "wb") as image:
        image.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", f"{work}/image"], check=True)
    mount("-o", "loop", f"{work}/image", disk)
    data = f"{disk}/data"
    server, journal = Server(PROGRAM, data, log=f"{work}/log"), Journal()
    assert journal.send(server, *events(50)) == 200
    until("all is found", lambda: server.count() == 50)
    print(f"held by another: {refusal(data)}")

    # As after an error of the disk: the kernel makes it read-only under the programs that write.
    mount("-o", "remount,abort", disk)
    until("it is noticed", lambda: journal.send(server, *events(50)) == 503)
    assert server.count() >= 50, "what was found before is found still"
    server.stop()
    print(f"read-only: {refusal(data)}")

    subprocess.run(["umount", disk], check=True)
    mount("-o", "loop", f"{work}/image", disk)
    server.start()
    journal.check(server, "after it can be written again")
    assert journal.send(server, *events(5)) == 200
    server.stop()

    open(f"{disk}/file", "w").close()
    print(f"a file: {refusal(f'{disk}/file')}")
    subprocess.run(["umount", disk], check=True)
print("1 passed, 0 failed")
