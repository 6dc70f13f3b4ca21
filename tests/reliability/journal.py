"""What was sent and what of it was acknowledged, by the ids of events; and the comparison with what a store holds."""

import http.client
import random
import threading
import time
import uuid

from server import record, until

NANOS_PER_DAY = 86_400 * 10**9


def content(uid):
    """Of an event, told by its id alone, so that whoever has the id can tell whether the event was altered."""
    return {"steplog.person.id": f"person-{uid[:6]}", "check": uid[::-1]}


def events(number, days_ago=0, noise_bytes=0):
    """Ids, and the records that carry them; noise is what no compression makes smaller."""
    uids, at = [uuid.uuid4().hex for _ in range(number)], time.time_ns() - days_ago * NANOS_PER_DAY
    noise = lambda: {"noise": random.randbytes(noise_bytes // 2).hex()} if noise_bytes else {}
    return uids, [record("reliability.step", uid, at, **content(uid), **noise()) for uid in uids]


class Journal:
    def __init__(self):
        self.sent, self.acknowledged = set(), set()
        # How often each status came; None stands for no answer at all.
        self.statuses = {}

    def send(self, server, uids, records):
        """Sends once; the status, or None where no answer came."""
        self.sent.update(uids)
        try:
            status, headers, said = server.post(*records)
        except (OSError, http.client.HTTPException):
            status = None
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 200:
            # It may say that events were stored before, or that their times are odd: all of them are kept.
            assert "rejectedLogRecords" not in said.get("partialSuccess", {}), said
            self.acknowledged.update(uids)
        elif status is not None:
            assert status in (429, 503) and headers["retry-after"], (status, dict(headers), said)
        return status

    def check(self, server, case):
        """All that was acknowledged is there, and nothing twice, altered, or that nobody sent."""
        # What came just now is searchable a moment later; what a start has still to index makes answers incomplete.
        def is_whole():
            health = server.ask("/health/ready")[1]
            return health["status"] == "ready" and health["unindexed_events"] == 0

        try:
            until(f"{case}: answers are complete", is_whole)
        except AssertionError as failure:
            raise AssertionError(f"{server.ask('/health/ready')[1]}\n{server.logged()[-3000:]}") from failure
        rows = kept(server)
        lost = self.acknowledged - rows.keys()
        doubled = [uid for uid, found in rows.items() if len(found) > 1]
        foreign = rows.keys() - self.sent
        altered = [uid for uid, (row, *_) in rows.items()
                   if (row["person"], row.get("attr.check")) != tuple(content(uid).values())]
        problems = {"lost": lost, "doubled": doubled, "foreign": foreign, "altered": altered}
        told = {what: (len(uids), *list(uids)[:2]) for what, uids in problems.items() if uids}
        assert not told, f"{case}: {told}"
        return len(self.acknowledged)


def kept(server):
    """Every event of a store by its id, and how often it is there."""
    rows, cursor = {}, ""
    while True:
        page = server.ask("/api/v1/events?from=now-60d&to=now%2B60d&limit=1000&columns=person,attr.check" + cursor)[1]
        assert page["complete"], server.ask("/health/ready")[1]
        for row in page["events"]:
            rows.setdefault(row["id"], []).append(row)
        if not page["next"]:
            return rows
        cursor = f"&cursor={page['next']}"


class Senders:
    """Threads that send, each request again until it is acknowledged, until they are told to end."""

    def __init__(self, server, journal, senders=4, batch=20, days=1, noise_bytes=0):
        self.ended = threading.Event()
        self.server, self.journal, self.batch, self.days, self.noise_bytes = server, journal, batch, days, noise_bytes
        self.failures = []
        self.threads = [threading.Thread(target=self.run) for _ in range(senders)]
        for thread in self.threads:
            thread.start()

    def run(self):
        try:
            while not self.ended.is_set():
                request = events(random.randint(1, self.batch), random.randrange(self.days), self.noise_bytes)
                while self.journal.send(self.server, *request) != 200 and not self.ended.wait(0.05):
                    pass
                self.ended.wait(0.01)
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def more(self, events):
        """Waits until so many more are acknowledged."""
        target = len(self.journal.acknowledged) + events
        until("events are acknowledged", lambda: self.failures or len(self.journal.acknowledged) >= target)
        assert not self.failures, self.failures

    def finish(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures
