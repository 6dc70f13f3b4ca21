"""A sync that failed is not tried again and not believed: nothing is acknowledged until a restart, and reading goes on.

strace has every fdatasync fail from some call on. From then on each request is refused by name, health says so, what
was acknowledged is still found, and the next start has all of it and takes events.
"""

import sys
import tempfile

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]

with tempfile.TemporaryDirectory() as directory:
    under = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=30+"]
    server, journal = Server(PROGRAM, f"{directory}/data", under=under), Journal()
    until("a sync fails", lambda: journal.send(server, *events(5)) == 503)
    until("what was acknowledged is found", lambda: server.count() >= len(journal.acknowledged))
    refused = [journal.send(server, *events(5)) for _ in range(20)]
    assert refused == [503] * 20, refused
    status, health = server.ask("/health/ready")
    assert status == 503 and "sync" in str(health), (status, health)
    assert server.metric("steplog_store_writable") == 0 and server.metric("steplog_append_poisoned") == 1
    assert server.stop() == 0
    server = Server(PROGRAM, f"{directory}/data")
    kept = journal.check(server, "after the restart")
    assert journal.send(server, *events(5)) == 200
    server.stop()
print(f"failed sync: refused until the restart; {kept} acknowledged events kept")
print("1 passed, 0 failed")
