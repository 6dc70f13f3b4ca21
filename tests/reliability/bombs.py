"""Ten gibibytes in ten mebibytes are refused at once, and cost no more than the largest request.

gzip, gzip within gzip and zstd.

    python3 bombs.py PROGRAM [GIBIBYTES]
"""

import gzip
import http.client
import shutil
import subprocess
import sys
import tempfile
import time

from journal import Journal, events
from server import Server

PROGRAM = sys.argv[1]
GIBIBYTES = int(sys.argv[2]) if len(sys.argv) > 2 else 10
EXTRA_BYTES = 128 << 20
# Generous: it was far below a second wherever it was measured. Inflating it all would take ten.
SECONDS = 5


def zeros(gibibytes):
    """gzip, by members of 64 MiB that follow each other."""
    return gzip.compress(bytes(64 << 20), 9) * (16 * gibibytes)


def bombs():
    gz = zeros(GIBIBYTES)
    yield "gzip", gz
    yield "gzip", gzip.compress(gz)
    if zstd := shutil.which("zstd"):
        frame = subprocess.run([zstd, "-q", "-c"], input=bytes(64 << 20), capture_output=True, check=True).stdout
        yield "zstd", frame * (16 * GIBIBYTES)


def over_http(server, encoding, body):
    connection = http.client.HTTPConnection(server.addresses["http"], timeout=60)
    connection.request("POST", "/v1/logs", body, {"content-type": "application/x-protobuf", "content-encoding": encoding})
    status = connection.getresponse().status
    connection.close()
    return status




with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data"), Journal()
    assert journal.send(server, *events(5)) == 200
    idle, told = server.memory_bytes(), []
    for encoding, body in bombs():
        assert len(body) < 60 << 20, len(body)
        begun = time.monotonic()
        status = over_http(server, encoding, body)
        assert status in (400, 413), (encoding, status)
        took = time.monotonic() - begun
        assert took < SECONDS, f"{encoding}: refused after {took:.1f} s"
        told.append(f"{encoding} {len(body) >> 20} MiB: {status}")
    cost = server.memory_bytes() - idle
    assert cost < EXTRA_BYTES, f"the bombs took {cost >> 20} MiB"
    assert journal.send(server, *events(5)) == 200
    server.stop()
print(f"bombs: {', '.join(told)}; {cost >> 20} MiB")
print("1 passed, 0 failed")
