"""Whatever was sent again, however often, cut off anywhere, before and after a kill, is stored once.

Each batch is sent several times at once and one after the other: some connections are cut before the request is
whole, some before the reply is read, and the server is killed in between.

    python3 retry_storm.py PROGRAM [BATCHES [SENDS [KILLS]]]
"""

import json
import random
import signal
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from journal import Journal, events
from server import Server, until

PROGRAM = sys.argv[1]
BATCHES, SENDS, KILLS = (int(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((2, 60), (3, 10), (4, 3)))
EVENTS = 20


def cut_off(server, records):
    """Sends a part of a request, or all of it, and goes before the reply."""
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    head = f"POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    whole = head.encode() + body
    host, port = server.addresses["http"].split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(whole[:random.choice([len(head), len(whole) // 2, len(whole) - 1, len(whole)])])
    except OSError:
        pass


def storm(server, journal, batch):
    uids, records = batch
    journal.sent.update(uids)
    for _ in range(SENDS // 2):
        cut_off(server, records)
        journal.send(server, uids, records)


def nameless(server):
    """Equal records of one request that name no id are different events, and the same ones when they come again."""
    twin = {"eventName": "reliability.twin", "observedTimeUnixNano": str(time.time_ns()), "attributes": []}
    for _ in range(SENDS):
        status, said = server.send(twin, twin, twin)
        assert status == 200 and "rejectedLogRecords" not in str(said), said
    server.searchable()
    count = server.count("event=reliability.twin")
    assert count == 3, f"three equal records were stored as {count}"


with tempfile.TemporaryDirectory() as directory:
    server, journal = Server(PROGRAM, f"{directory}/data", "--store-commit-millis", "50"), Journal()
    batches = [events(EVENTS, days_ago=number % 3) for number in range(BATCHES)]
    with ThreadPoolExecutor(8) as pool:
        for part in range(KILLS + 1):
            # Two copies of each at the same time, and some of the part before once more, after the kill.
            chosen = batches[max(0, part - 1) * BATCHES // (KILLS + 1):(part + 1) * BATCHES // (KILLS + 1)]
            under_way = [pool.submit(storm, server, journal, batch) for batch in chosen for _ in range(2)]
            until("some are stored", lambda: len(journal.acknowledged) > 0)
            if part < KILLS:
                server.stop(signal.SIGKILL)
            for one in under_way:
                one.result()
            if part < KILLS:
                server.start()
    for batch in batches:
        until("a batch is taken", lambda: journal.send(server, *batch) == 200)
    assert len(journal.acknowledged) == BATCHES * EVENTS
    stored = journal.check(server, "after the storm")
    nameless(server)
    server.stop()
    server.start()
    server.searchable()
    assert server.count() == stored + 3
    server.stop()
print(f"retry storm: {BATCHES} batches, each sent {2 * SENDS} times or more, {KILLS} kills: {stored} events, each once")
print("1 passed, 0 failed")
