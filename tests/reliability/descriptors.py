"""Connections that take all descriptors that there may be do not end receiving: it goes on, and nothing is lost.

The limit of descriptors is set low, and more connections than that are held open and say nothing, while a sender's
events need new files.
"""

import socket
import sys
import tempfile

from journal import Journal, Senders
from server import Server

PROGRAM = sys.argv[1]
DESCRIPTORS = 512
FLAGS = ["--store-commit-millis", "100", "--store-log-file-bytes", "65536", "--otlp-header-seconds", "600"]


def connect(address):
    host, port = address.split(":")
    try:
        return socket.create_connection((host, int(port)), timeout=10)
    except OSError:
        return None  # It takes no more.


with tempfile.TemporaryDirectory() as directory:
    under = ["bash", "-c", f"ulimit -n {DESCRIPTORS}; exec \"$@\"", "descriptors"]
    server, journal = Server(PROGRAM, f"{directory}/data", *FLAGS, under=under), Journal()
    senders = Senders(server, journal, days=4)
    senders.more(100)
    held = [connect(server.addresses["http" if n % 2 else "grpc"]) for n in range(2 * DESCRIPTORS)]
    # They go on while nothing is left for others, over many new files.
    senders.more(1_000)
    for connection in held:
        if connection:
            connection.close()
    senders.more(100)
    senders.finish()
    stored = journal.check(server, "after the descriptors were taken")
    assert server.metric("steplog_append_poisoned") == 0
    assert server.metric("steplog_index_damages_total") == 0
    server.stop()
print(f"descriptors: {DESCRIPTORS}, {2 * DESCRIPTORS} connections held: {stored} events acknowledged, none lost")
print("1 passed, 0 failed")
