"""Clients that are slow, or that make work and take none of it, cost little and are ended; others are served meanwhile.

Slow heads, slow bodies, readers that take nothing of an export, floods of resets and of CONTINUATION frames on HTTP/2.

    python3 slow_clients.py PROGRAM [CLIENTS]     so many of each kind
"""

import socket
import struct
import sys
import tempfile
import threading
import time

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]
CLIENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
# What a client of each kind may cost beyond what everybody costs.
CLIENT_BYTES = 64 << 10
# All answers together, whoever reads them.
ANSWERS_BYTES = 128 << 20
# What belongs to the store itself grows as well, and is not charged to the clients.
STORE_BYTES = 16 << 20
FLAGS = ["--otlp-header-seconds", "3", "--otlp-body-seconds", "3", "--query-write-timeout-ms", "3000"]
# Generous beside the seconds that are set: closed is closed.
CLOSED_SECONDS = 30
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RESET, SETTINGS, CONTINUATION = 1, 3, 4, 9
END_HEADERS = 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\x10" + bytes([len(name)]) + name + bytes([len(value)]) + value


POST = b"".join(literal(*field) for field in ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/v1/logs"),
                                              (b":authority", b"localhost")))


def slow_head(connection):
    connection.sendall(b"POST /v1/logs HTTP/1.1\r\nhost: localhost\r\n")


def slow_body(connection):
    connection.sendall(b"POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                       b"content-length: 1000000\r\n\r\n{")


def slow_reader(connection):
    connection.sendall(b"GET /api/v1/export?format=ndjson HTTP/1.1\r\nhost: localhost\r\n\r\n")


def resets(connection):
    """Each request is begun and taken back at once."""
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
    for first in range(1, 40_001, 200):
        connection.sendall(b"".join(frame(HEADERS, END_HEADERS, stream, POST) + frame(RESET, 0, stream, bytes(4))
                                    for stream in range(first, first + 200, 2)))


def continuations(connection):
    """Headers that never end."""
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, 0, 1, POST))
    for _ in range(4_000):
        connection.sendall(frame(CONTINUATION, 0, 1, literal(b"x-more", b"y" * 100) * 100))


KINDS = [(slow_head, "http"), (slow_body, "http"), (slow_reader, "listen"), (resets, "http"), (resets, "grpc"),
         (continuations, "http"), (continuations, "grpc")]


def connect(server, address, talk):
    """A client that has said what it says; it reads nothing."""
    host, port = server.addresses[address].split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect((host, int(port)))
    try:
        talk(connection)
    except OSError:
        pass  # The server has closed it: it may.
    return connection


def is_closed(connection):
    """Reads whatever is there; whether the other side is gone."""
    connection.settimeout(0)
    try:
        while connection.recv(1 << 20):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def run(server, journal, talk, address):
    before = server.memory_bytes("VmRSS")
    connections = [connect(server, address, talk) for _ in range(CLIENTS)]
    for _ in range(20):
        request = events(5)
        until("others are served", lambda: journal.send(server, *request) == 200, 10)
        assert server.ask("/api/v1/events?limit=5")[0] == 200
    cost = max(0, server.memory_bytes("VmRSS") - before)
    most = ANSWERS_BYTES if talk is slow_reader else CLIENTS * CLIENT_BYTES + STORE_BYTES
    assert cost < most, f"{talk.__name__}: {CLIENTS} clients took {cost >> 10} KiB"
    if talk is slow_reader:
        # It may be that all of what it asked for fitted into the system's buffers.
        until("no export is stuck", lambda: server.metric("steplog_export_open") == 0, CLOSED_SECONDS)
    else:
        until(f"{talk.__name__}: all are closed", lambda: all(map(is_closed, connections)), CLOSED_SECONDS)
    for connection in connections:
        connection.close()
    print(f"slow clients: {CLIENTS} of {talk.__name__} on {address}: {cost >> 10} KiB, all ended")


with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data", *FLAGS), Journal()
    # More than the system keeps for a reader that takes nothing.
    for _ in range(20):
        assert journal.send(server, *events(100, noise_bytes=4096)) == 200
    server.searchable()
    for talk, address in KINDS:
        run(server, journal, talk, address)
    journal.check(server, "afterwards")
    server.stop()
print("1 passed, 0 failed")
