"""Four times what it can take is refused by name, costs bounded memory, and is over when it is over.

Senders offer without waiting, each over connections of its own, far more than the store takes. Every reply is an
acknowledgement or one that says when to come again; pages are answered meanwhile; afterwards all that was
acknowledged is there, and a request is taken at once.

    python3 overload.py PROGRAM [SECONDS [SENDERS]]
"""

import sys
import tempfile
import threading
import time

from journal import Journal, Senders, events
from server import Server, until

PROGRAM = sys.argv[1]
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
SENDERS = int(sys.argv[3]) if len(sys.argv) > 3 else 24
# The budget of the whole process, and a tenth.
MEMORY_BYTES = 563 << 20
# Little room, so that few senders are many times what fits.
FLAGS = ["--store-queue-bytes", "1048576"]

with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data", *FLAGS), Journal()
    senders = Senders(server, journal, senders=SENDERS, batch=400, days=3, noise_bytes=2048)
    end, times = time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        asked = time.monotonic()
        status, _ = server.ask("/api/v1/events?limit=50")
        assert status == 200, status
        times.append(time.monotonic() - asked)
        threading.Event().wait(0.1)
    senders.finish()
    times.sort()
    refused = sum(count for status, count in journal.statuses.items() if status in (429, 503))
    assert refused > 0, f"nothing was refused: {journal.statuses}"
    until("a request is taken again", lambda: journal.send(server, *events(1)) == 200, 10)
    acknowledged, peak = journal.check(server, "after the overload"), server.memory_bytes()
    assert peak < MEMORY_BYTES, f"the overload took {peak >> 20} MiB"
    server.stop()
print(f"overload: {SECONDS} s, answers {journal.statuses}, {acknowledged} events acknowledged, none lost; peak {peak >> 20} "
      f"MiB; pages meanwhile p95 {1e3 * times[len(times) * 95 // 100]:.0f} ms, longest {1e3 * times[-1]:.0f} ms")
print("1 passed, 0 failed")
