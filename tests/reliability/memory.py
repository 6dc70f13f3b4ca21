"""What a byte that is received may cost in memory: senders of extremes, many at once, and readers that take nothing of
their answers, each extreme against a server of its own. It keeps within `--memory-bytes`, by default and with half of it.

    python3 memory.py PROGRAM [SECONDS [READERS]]
"""

import gzip
import http.client
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time

from journal import NANOS_PER_DAY
from server import Server, record, until

PROGRAM = sys.argv[1]
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 2
SENDERS, READERS = 8, int(sys.argv[3]) if len(sys.argv) > 3 else 12
DEFAULT, SMALL = 512 << 20, 256 << 20
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def text(value):
    return field(1, value.encode())


def pair(key, value):
    return field(1, key.encode()) + field(2, value)


def log(at_nanos, body=b"", attributes=()):
    attributes = b"".join(field(6, pair(key, value)) for key, value in attributes)
    return b"\x09" + struct.pack("<Q", at_nanos) + (field(5, body) if body else b"") + attributes


def logs(records, resource=(), scope="s"):
    about = b"".join(field(1, pair(key, value)) for key, value in resource)
    scoped = field(1, field(1, scope.encode())) + b"".join(field(2, one) for one in records)
    return field(1, field(1, about) + field(2, scoped))


def tiny(sender, now):
    """As many records as a request may have, of a few bytes each."""
    first = now + sender * (1 << 18)
    return PROTOBUF, logs([b"\x09" + struct.pack("<Q", first + number) for number in range(1 << 18)])


def tiny_json(sender, now):
    first = now + sender * (1 << 18)
    records = ",".join([f'{{"timeUnixNano":"{first + number}"}}' for number in range(1 << 18)])
    return JSON, f'{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}'.encode()


def fat(sender, now):
    """Resources of 64 KB with one small record each."""
    fats = [(f"{sender}-{number}", "x" * 65_536) for number in range(100)]
    return PROTOBUF, b"".join([logs([log(now, text(mark))], [("fat", text(mark + filler))]) for mark, filler in fats])


def days(sender, now):
    """Each record of another day."""
    return PROTOBUF, logs([log(now - number * NANOS_PER_DAY, text(f"{sender} {number}")) for number in range(29)])


def scopes(sender, now):
    return PROTOBUF, b"".join([logs([log(now, text("b"))], scope=f"{sender}.{number}") for number in range(20_000)])


def keys(sender, now):
    """Records of a hundred attributes whose names nobody else has."""
    named = lambda number: [(f"k{sender}.{number}.{key}", text("v")) for key in range(100)]
    return PROTOBUF, logs([log(now, b"", named(number)) for number in range(500)])


def deep(sender, now):
    """Bodies of lists in lists, as deep as is taken, and beyond."""
    bodies = [text("inner"), text("inner")]
    for place, depth in enumerate((30, 90)):
        for _ in range(depth):
            bodies[place] = field(5, field(1, bodies[place]))
    first = now + sender * 20_000
    return PROTOBUF, logs([log(first + number, bodies[number % 2]) for number in range(20_000)])


def attributes_json(sender, now):
    """Records of thirty numbers each."""
    pairs = [{"key": f"q{number}", "value": {"intValue": number}} for number in range(30)]
    records = [{"eventName": "j", "attributes": pairs}] * 20_000
    return JSON, json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


def mixed(sender, now):
    """Each sender another extreme; beside them pages are read whose rows are wide."""
    return (tiny, fat, attributes_json)[sender % 3](sender, now)


WIDE_COLUMNS = [f"k{number}" for number in range(40)]
WIDE_PAGE = "/api/v1/events?limit=1000&columns=" + ",".join(f"attr.{name}" for name in WIDE_COLUMNS)


def store_wide_rows(server):
    """200 rows of 290 KB that do not compress well."""
    for _ in range(10):
        rows = [
            record("wide", os.urandom(16).hex(), **{name: os.urandom(3_000).hex() for name in WIDE_COLUMNS},
                   body=os.urandom(20_000).hex())
            for _ in range(20)
        ]
        assert server.send(*rows)[0] == 200
    server.searchable()


class WideReader(threading.Thread):
    """Asks for a page of wide rows, takes its beginning, and asks anew a second later."""

    def __init__(self, server, ended):
        super().__init__()
        self.server, self.ended = server, ended
        self.start()

    def run(self):
        host, _, port = self.server.addresses["listen"].rpartition(":")
        while not self.ended.is_set():
            with socket.create_connection((host, int(port))) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.settimeout(15)
                try:
                    connection.sendall(f"GET {WIDE_PAGE} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
                    connection.recv(100)
                except OSError:
                    pass  # Broken off, since it takes nothing; or there is no turn.
                self.ended.wait(1)


class Load(threading.Thread):
    """Sends the same again and again, without waiting, until it is told to end."""

    def __init__(self, server, ended, answers, content):
        super().__init__()
        kind, body = content
        self.server, self.ended, self.answers = server, ended, answers
        self.headers = {"content-type": kind, "content-encoding": "gzip"}
        self.packed = gzip.compress(body, 1)
        self.start()

    def run(self):
        while not self.ended.is_set():
            connection = http.client.HTTPConnection(self.server.addresses["http"], timeout=120)
            try:
                connection.request("POST", "/v1/logs", self.packed, self.headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except OSError as error:
                status = type(error).__name__
            finally:
                connection.close()
            self.answers[status] = self.answers.get(status, 0) + 1


def stalled_readers(server):
    """Connections that ask for large pages and take nothing of them."""
    host, _, port = server.addresses["listen"].rpartition(":")
    for _ in range(READERS):
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(b"GET /api/v1/events?limit=1000&from=now-30d HTTP/1.1\r\nhost: localhost\r\n\r\n")
        yield connection


def peak_bytes(make, budget):
    now, answers, ended = time.time_ns(), {}, threading.Event()
    contents = [make(sender, now) for sender in range(SENDERS)]
    with tempfile.TemporaryDirectory() as directory:
        server = Server(PROGRAM, f"{directory}/data", "--memory-bytes", str(budget))
        if make is mixed:
            store_wide_rows(server)
        begun, senders = time.monotonic(), [Load(server, ended, answers, content) for content in contents]
        readers = []
        try:
            until("a request is taken", lambda: answers.get(200), 300)
            if make is mixed:
                senders += [WideReader(server, ended) for _ in range(READERS)]
            else:
                readers += stalled_readers(server)
            ended.wait(max(0, begun + SECONDS - time.monotonic()))
        finally:
            ended.set()
            for sender in senders:
                sender.join()
        for reader in readers:
            reader.close()
        assert answers.keys() <= {200, 429, 503}, f"{make.__name__}: {answers}"
        until("the server answers", lambda: server.ask("/health/live")[0] == 200)
        peak = server.memory_bytes()
        server.stop()
    return peak, answers


cases = [(make, DEFAULT) for make in (tiny, tiny_json, fat, days, scopes, keys, deep, mixed)]
cases += [(make, SMALL) for make in (tiny, fat, mixed)]
told = {}
for make, budget in cases:
    peak, answers = peak_bytes(make, budget)
    told[f"{make.__name__} of {budget >> 20}"] = peak >> 20
    assert peak < budget, f"{make.__name__}: {peak >> 20} MiB of {budget >> 20}; {answers}"
print(f"memory: peaks of {SENDERS} senders and {READERS} readers in MiB: {json.dumps(told)}")
print(f"{len(told)} passed, 0 failed")
