"""Questions made to hurt are refused or end in time, and whoever goes away takes the question along.

    python3 hostile_questions.py PROGRAM [EVENTS]
"""

import http.client
import sys
import tempfile
import time
import urllib.parse

from journal import NANOS_PER_DAY
from server import Server, record, until

PROGRAM = sys.argv[1]
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
# The time that a question may take by default is 5 s; an answer that says so comes right after.
SECONDS = 10

TEXTS = {
    "parentheses": "(" * 1_500 + "a" + ")" * 1_500,
    "many ORs": " OR ".join(["a"] * 800),
    "many distinct ORs": " OR ".join(f"w{n}" for n in range(500)),
    "NOTs": "-" * 1_000 + "a",
    "leading star": "*a",
    "stars": "*a*b*c*d*e*f*g*",
    "only a star": "*",
    "short prefix": "w*",
    "long phrase": '"' + "a b c " * 500 + '"',
    "open quote": '"' * 999,
    "one long word": "x" * 3_000,
    "regex": "/(a+)+$/",
    "escapes": "\\" * 1_001,
    "not ASCII and stars": "jos*é *日 Zoë*€",
    "all of Unicode": "".join(chr(c) for c in range(0xA0, 0x2A0)),
}
QUESTIONS = {
    "inverted range": "from=now&to=now-1d",
    "all of time": "from=1970-01-02T00:00:00Z&to=2200-01-01T00:00:00Z",
    "largest page": "limit=1000",
    "too large a page": "limit=1000000",
    "negative page": "limit=-1",
    "foreign cursor": "cursor=AAAAAAAAAAAAAAAAAAAAAAAA",
    "hundreds of filters": "&".join(f"person=p-{n}" for n in range(500)),
    "hundreds of attributes": "&".join(f"attr.k{n}=v" for n in range(300)),
    "columns": "columns=" + ",".join(f"attr.k{n}" for n in range(500)),
}
ROUTES = ("events", "count", "facets", "histogram", "export", "hotspots")


def ask_all(server):
    """Every question on every route; how often each status came."""
    statuses = {}
    questions = [(what, "q=" + urllib.parse.quote(text)) for what, text in TEXTS.items()] + list(QUESTIONS.items())
    for what, question in questions:
        for route in ROUTES:
            begun = time.monotonic()
            status, said = server.ask(f"/api/v1/{route}?{question}")
            took = time.monotonic() - begun
            assert status in (200, 400, 408, 414, 431, 503, 504), f"{what} on {route}: {status} {str(said)[:300]}"
            assert took < SECONDS, f"{what} on {route}: {took:.1f} s"
            statuses[status] = statuses.get(status, 0) + 1
    return statuses


def walk(server):
    """The page that lies deepest is reached by its cursor alone, and costs what the first one costs."""
    begun = time.monotonic()
    status, page = server.ask("/api/v1/events?from=now-3d&limit=10&sort=time")
    first = time.monotonic() - begun
    while page["next"]:
        begun = time.monotonic()
        status, page = server.ask(f"/api/v1/events?from=now-3d&limit=1000&sort=time&cursor={page['next']}")
        assert status == 200, page
    assert time.monotonic() - begun < 20 * first + 1


def leave(server):
    """Many ask for much and go away at once: what they asked for ends with them."""
    for _ in range(50):
        connection = http.client.HTTPConnection(server.addresses["listen"], timeout=30)
        connection.request("GET", "/api/v1/facets?from=now-3d&q=w*")
        connection.close()
    until("nothing is answered for those that left", lambda: server.metric("steplog_search_running") == 0, 10)


with tempfile.TemporaryDirectory() as directory:
    server = Server(PROGRAM, f"{directory}/data")
    at = time.time_ns() - NANOS_PER_DAY
    for first in range(0, EVENTS, 1_000):
        records = [record("hostile.step", f"h-{n}", at + n, **{"steplog.person.id": f"p-{n}", "text": f"w{n} a b c"})
                   for n in range(first, first + 1_000)]
        assert server.send(*records) == (200, {})
    server.searchable()
    statuses = ask_all(server)
    walk(server)
    leave(server)
    assert server.metric("steplog_panics_total") == 0, "something failed within"
    assert server.count("from=now-3d") == EVENTS
    peak = server.memory_bytes()
    server.stop()
print(f"hostile questions: {sum(statuses.values())} beside {EVENTS} events: {statuses}; peak {peak >> 20} MiB")
print("1 passed, 0 failed")
