"""Hundreds of thousands of different attribute keys cost bounded memory, slow nothing down, and each value is kept.

    python3 many_keys.py PROGRAM [KEYS]
"""

import sys
import tempfile
import time

from journal import NANOS_PER_DAY
from server import Server, record

PROGRAM = sys.argv[1]
KEYS = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
KEYS_OF_A_RECORD, RECORDS_OF_A_REQUEST = 50, 40
MEMORY_BYTES = 563 << 20


def median_seconds(server, question):
    times = []
    for _ in range(21):
        begun = time.monotonic()
        status, answer = server.ask(question)
        assert status == 200 and answer["complete"], answer
        times.append(time.monotonic() - begun)
    return sorted(times)[10]


with tempfile.TemporaryDirectory() as directory:
    server = Server(PROGRAM, f"{directory}/data")
    at = time.time_ns() - NANOS_PER_DAY
    first = [record("keys.step", f"few-{n}", at, **{"steplog.person.id": f"p-{n}", "plain": f"v{n}"}) for n in range(1_000)]
    assert server.send(*first) == (200, {})
    server.searchable()
    period = "from=now-2d&limit=10"
    few = median_seconds(server, f"/api/v1/events?{period}&person=p-7&attr.plain=v7")
    made = 0
    while made < KEYS:
        records = []
        for _ in range(RECORDS_OF_A_REQUEST):
            keys = {f"key.{made + n}": f"value.{made + n}" for n in range(KEYS_OF_A_RECORD)}
            records.append(record("keys.step", f"many-{made}", at, **keys))
            made += KEYS_OF_A_RECORD
        assert server.send(*records) == (200, {})
    server.searchable()
    many = median_seconds(server, f"/api/v1/events?{period}&person=p-7&attr.plain=v7")
    # Generous: what is looked for must not become a walk over all keys.
    assert many < 10 * few + 0.05, f"a question took {1e3 * few:.1f} ms, and {1e3 * many:.1f} ms beside {made} keys"
    for key in (0, made // 2, made - 1):
        rows = server.ask(f"/api/v1/events?{period}&attr.key.{key}=value.{key}")[1]["events"]
        assert len(rows) == 1, f"key.{key}: {len(rows)} rows"
        shown = server.ask(f"/api/v1/events/{rows[0]['id']}")[1]["record"]["logRecord"]["attributes"]
        assert {"key": f"key.{key}", "value": {"stringValue": f"value.{key}"}} in shown
    peak = server.memory_bytes()
    assert peak < MEMORY_BYTES, f"{made} keys took {peak >> 20} MiB"
    server.stop()
print(f"many keys: {made}, each found and shown; a question {1e3 * few:.1f} ms before, {1e3 * many:.1f} ms after; "
      f"peak {peak >> 20} MiB")
print("1 passed, 0 failed")
