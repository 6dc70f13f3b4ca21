"""One address that takes all it can get leaves the others what they need: they are served, and soon.

One address sends without pause over many connections, holds bodies that it does not finish, asks for hot-spots over
many connections, and reads exports slowly; others, each of an address of its own, send, ask for pages and export.
Their times are told beside those without it; what is asserted is that they are served.

    python3 fairness.py PROGRAM [ASKS [CONNECTIONS]]     of each other address; of the one that takes all
"""

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]
ASKS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
CONNECTIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 40
OTHERS = [f"127.0.0.{n}" for n in range(3, 7)]
EVENTS = 20_000
# Generous: beside one that takes all, on a machine that has much else to do.
LONGEST_SECONDS = 10

# Takes all that it can get, from one address, in a process of its own.
GREEDY = """
import http.client, json, socket, sys, threading, time, uuid
what, address, connections = sys.argv[1], sys.argv[2], int(sys.argv[3])
host, port = address.split(":")

def send():
    connection = http.client.HTTPConnection(address, timeout=60, source_address=("127.0.0.2", 0))
    while True:
        now = str(time.time_ns())
        records = [{"eventName": "greedy.step", "timeUnixNano": now, "attributes": [{"key": "log.record.uid", "value": {"stringValue": uuid.uuid4().hex}}]} for _ in range(300)]
        connection.request("POST", "/v1/logs", json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}), {"content-type": "application/json"})
        connection.getresponse().read()

def hold():
    connection = socket.create_connection((host, int(port)), 60, ("127.0.0.2", 0))
    connection.sendall(b"POST /v1/logs HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-type: application/x-protobuf\\r\\ncontent-length: 60000000\\r\\n\\r\\n")
    while True:
        connection.sendall(bytes(1 << 20))
        time.sleep(0.5)

def ask():
    connection = http.client.HTTPConnection(address, timeout=60, source_address=("127.0.0.2", 0))
    while True:
        connection.request("GET", "/api/v1/hotspots?from=now-3d")
        connection.getresponse().read()

def export():
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind(("127.0.0.2", 0))
    connection.connect((host, int(port)))
    connection.sendall(b"GET /api/v1/export?format=ndjson&from=now-3d HTTP/1.1\\r\\nhost: localhost\\r\\n\\r\\n")
    while connection.recv(1000):
        time.sleep(0.02)

def again():
    while True:
        try:
            {"send": send, "hold": hold, "ask": ask, "export": export}[what]()
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)

threads = [threading.Thread(target=again, daemon=True) for _ in range(connections)]
[thread.start() for thread in threads]
print("greedy", flush=True)
sys.stdin.read()
"""


class Greedy:
    def __init__(self, server, what):
        address = server.addresses["http" if what in ("send", "hold") else "listen"]
        self.process = subprocess.Popen([sys.executable, "-c", GREEDY, what, address, str(CONNECTIONS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout.readline() == "greedy\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(60)


def times(act):
    """How long each act of each other address took, until it was served, sorted; and how often one was sent away."""
    acts = []

    def one(address):
        took = []
        for _ in range(ASKS):
            begun = time.monotonic()
            until(f"{address} is served", lambda: acts.append(address) or act(address), LONGEST_SECONDS)
            took.append(time.monotonic() - begun)
        return took

    with ThreadPoolExecutor(len(OTHERS)) as pool:
        took = sorted(seconds for took in pool.map(one, OTHERS) for seconds in took)
    return took, len(acts) - len(took)


def compare(server, what, greedy, act):
    alone, _ = times(act)
    with Greedy(server, greedy):
        until("it takes", lambda: TAKES[greedy](server), 30)
        beside, again = times(act)
    p99 = lambda seconds: 1e3 * seconds[len(seconds) * 99 // 100]
    print(f"fairness: {what}: p99 {p99(alone):.1f} ms alone, {p99(beside):.1f} ms beside one that would {greedy} all "
          f"({p99(beside) / p99(alone):.1f} times); {again} sent away", flush=True)


# By which it is known to be at work.
TAKES = {
    "send": lambda server: server.count("event=greedy.step") > 3_000,
    "hold": lambda server: server.metric("steplog_receive_in_flight_bytes") > 20 << 20,
    "ask": lambda server: server.metric("steplog_search_running") > 0,
    "export": lambda server: server.metric("steplog_export_open") > 0,
}


def main():
    with tempfile.TemporaryDirectory() as directory:
        server, journal = Server(PROGRAM, f"{directory}/data"), Journal()
        while len(journal.acknowledged) < EVENTS:
            assert journal.send(server, *events(1_000, days_ago=len(journal.acknowledged) % 2, noise_bytes=2048)) == 200
        server.searchable()

        def sends(address):
            return server.send(*events(5)[1], source=address)[0] == 200

        def asks(address):
            return server.ask("/api/v1/events?limit=10&from=now-3d", source=address)[0] == 200

        def exports(address):
            return server.ask("/api/v1/export?format=ndjson&from=now-3d&event=none", source=address)[0] == 200

        for greedy in ("send", "hold"):
            compare(server, "sending", greedy, sends)
        for greedy in ("ask", "export", "send"):
            compare(server, "pages", greedy, asks)
        for greedy in ("export", "ask"):
            compare(server, "exports", greedy, exports)
        server.stop()


main()
print("1 passed, 0 failed")
