"""Thousands of connections that say nothing cost little and keep nobody out; those beyond the bound are closed at once.

Another process holds them, so that each side has descriptors of its own.

    python3 connections.py PROGRAM [CONNECTIONS]
"""

import resource
import subprocess
import sys
import tempfile

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]
CONNECTIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
BEYOND = CONNECTIONS // 10
ACTIVE = 100
# Of the whole process, with 10,000 connections.
MEMORY_BYTES = 400 << 20

# Opens so many connections, half to each port, tells how many were closed by the other side, and waits.
HOLD = """
import select, socket, sys
number, ports = int(sys.argv[1]), [int(port) for port in sys.argv[2:]]
# Over some addresses: one address alone may not have them all.
held = [socket.create_connection(("127.0.0.1", ports[n % len(ports)]), 60, (f"127.0.0.{1 + n % 200}", 0)) for n in range(number)]
print("open", flush=True)
for line in sys.stdin:
    poll = select.poll()
    for one in held:
        poll.register(one, select.POLLIN | select.POLLHUP)
    print(len(poll.poll(0)), flush=True)
"""


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard > CONNECTIONS + BEYOND + 100, f"{hard} descriptors are too few for {CONNECTIONS} connections"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as directory:
        server = Server(PROGRAM, f"{directory}/data", "--otlp-max-connections", str(CONNECTIONS),
                        "--otlp-header-seconds", "600")
        ports = [server.addresses[name].rsplit(":", 1)[1] for name in ("http", "grpc")]
        holder = subprocess.Popen([sys.executable, "-c", HOLD, str(CONNECTIONS + BEYOND), *ports],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout.readline() == "open\n"
            check(server, holder)
        finally:
            holder.stdin.close()
            holder.wait(60)
            server.stop()


def check(server, holder):
    journal = Journal()
    # Who asks for something has the place of one that does not, once that has been silent for a second.
    for _ in range(ACTIVE):
        request = events(5)
        until("a sender finds a place", lambda: journal.send(server, *request) == 200, 10)
    holder.stdin.write("\n")
    holder.stdin.flush()
    closed, memory = int(holder.stdout.readline()), server.memory_bytes()
    assert closed >= BEYOND, f"{closed} of {BEYOND} beyond the bound were closed"
    assert memory < MEMORY_BYTES, f"{CONNECTIONS} connections took {memory >> 20} MiB"
    stored = journal.check(server, "beside silent connections")
    print(f"connections: {CONNECTIONS} held and {BEYOND} more, {closed} closed; {stored} events of others taken; "
          f"peak {memory >> 20} MiB")


main()
print("1 passed, 0 failed")
