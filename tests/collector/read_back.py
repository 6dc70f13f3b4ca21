"""What steplog exports as OTLP JSON is read by the Collector's own reader: line by line, whatever was taken in.

Odd records go into steplog; each line of its export goes to a Collector's OTLP receiver as JSON, which refuses a request
with one bad record in it; what the Collector writes of them is imported into an empty store, which must then have the
same events.
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

DEADLINE_SECONDS = 60
STEPLOG, COLLECTOR = sys.argv[1:3]
CONFIG = """
receivers:
  otlp: {protocols: {http: {endpoint: "ADDRESS"}}}
exporters:
  file: {path: "FILE"}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [otlp], exporters: [file]}
"""
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def values():
    """A value of each kind, and at the ends of each."""
    for text in ("", "Grüße 你好 \u2028 \u0000 \\ \"", "\ud83d\ude00"):
        yield {"stringValue": text}
    for number in ("0", "-1", str(2**63 - 1), str(-2**63), 7):
        yield {"intValue": number}
    for number in (0.5, -0.0, 1.5e-7, 1e21, 1e300, 5e-324, "NaN", "Infinity", "-Infinity"):
        yield {"doubleValue": number}
    yield from ({"boolValue": True}, {"boolValue": False}, {"bytesValue": ""}, {"bytesValue": "aGk="}, {})
    yield {"arrayValue": {}}
    yield {"arrayValue": {"values": [{}, {"intValue": "1"}, {"arrayValue": {"values": [{"stringValue": "deep"}]}}]}}
    yield {"kvlistValue": {"values": [{"key": "", "value": {}}, {"key": "k", "value": {"kvlistValue": {}}}]}}
    # What cannot be read is kept as it was sent.
    yield from ({"intValue": "many"}, {"doubleValue": {}}, {"bytesValue": "%%"}, {"unknownValue": 1})


def ids():
    for id in (TRACE, TRACE.upper(), TRACE * 2, "ab", "abc", "zz", "S/kvNXezTaajzpKdDg5HNg==", ""):
        yield {"traceId": id, "spanId": SPAN}
    for id in (SPAN, SPAN * 2, "1", "APBnqgupArc=", "", "0" * 16):
        yield {"traceId": TRACE, "spanId": id}


def times():
    now = time.time_ns()
    for one in ("0", str(10**25), str(2**64 - 1), "soon"):
        yield {"timeUnixNano": one, "observedTimeUnixNano": str(now)}
    for severity in (0, 9, 24, 25, -1, "SEVERITY_NUMBER_WARN", "loud"):
        yield {"severityNumber": severity, "severityText": "odd", "flags": 257, "droppedAttributesCount": 3}


def requests():
    now, number = time.time_ns(), 0
    records = [{"attributes": [{"key": "odd", "value": value}]} for value in values()]
    records += [{"body": value} for value in values()]
    records += [*ids(), *times()]
    for record in records:
        number += 1
        whole = {"eventName": "odd.step", "timeUnixNano": str(now + number), **record}
        origin = {"attributes": [{"key": "service.name", "value": {"stringValue": "odd"}}]}
        scope = {"name": "s", "version": "1", "attributes": [{"key": "a", "value": {"intValue": "1"}}]}
        logs = {"scope": scope, "schemaUrl": "https://example.test/1", "logRecords": [whole]}
        yield {"resourceLogs": [{"resource": origin, "schemaUrl": "https://example.test/2", "scopeLogs": [logs]}]}


def post(address, body):
    request = urllib.request.Request(f"http://{address}/v1/logs", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"{}")


def until(what, condition):
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not within {DEADLINE_SECONDS} s")
        pause.wait(0.05)


def exported(store, form):
    command = [STEPLOG, "export", "--format", form, "--from", "0", "--data", store]
    # Not by `splitlines`, which takes more than a line feed for the end of a line.
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return lines.rstrip("\n").split("\n")


def events(store):
    """The events of a store by their id, without what belongs to it."""
    found = {event["id"]: event for event in map(json.loads, exported(store, "ndjson"))}
    for event in found.values():
        del event["seq"], event["received"]
        # An export gives a record without an id the event's own; it is an explicit one from then on.
        event["flags"] = [flag for flag in event["flags"] if flag != "explicit_id"]
        # The Collector writes an absent body as an empty one, and no id of zeros, which is none.
        record = event["record"]["logRecord"]
        for name in ("body", "traceId", "spanId"):
            if record.get(name) == {} or not str(record.get(name, "1")).strip("0"):
                del record[name]
        attributes = record["attributes"]
        attributes[:] = [one for one in attributes if one["key"] != "log.record.uid"]
    return found


def take_in(store):
    """Odd records, over OTLP; how many are stored."""
    command = [STEPLOG, "serve", "--data", store, "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0",
               "--otlp-http", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = json.loads(process.stdout.readline())["http"]
        sent = list(requests())
        for request in sent:
            answer = post(address, json.dumps(request).encode())
            assert not answer.get("partialSuccess", {}).get("rejectedLogRecords"), f"{request}: {answer}"
        return len(sent)
    finally:
        process.terminate()
        process.wait(60)


def through_collector(work, lines):
    """Each line as a request of its own; gives the file that the Collector writes of them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config, file = f"{work}/config.yaml", f"{work}/written.json"
    with open(config, "w", encoding="utf-8") as out:
        out.write(CONFIG.replace("ADDRESS", address).replace("FILE", file))
    with open(f"{work}/collector.log", "w") as log:
        collector = subprocess.Popen([COLLECTOR, "--config", config], stderr=log)

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(tuple([address.split(":")[0], int(address.split(":")[1])])) == 0

    try:
        until("the Collector listens", listens)
        for line in lines:
            try:
                post(address, line.encode())
            except urllib.error.HTTPError as refusal:
                sys.exit(f"the Collector refuses a line: {refusal.read().decode()}\n{line}")
    except BaseException:
        sys.stderr.writelines(open(f"{work}/collector.log").readlines()[-30:])
        raise
    finally:
        # It ends once its file is whole.
        collector.terminate()
        collector.wait(60)
    return file


def main(work):
    first, second = f"{work}/first", f"{work}/second"
    sent = take_in(first)
    lines = exported(first, "otlp-json")
    assert len(lines) == sent, f"{len(lines)} lines of {sent} records"
    file = through_collector(work, lines)
    print(f"collector: {len(lines)} lines of OTLP JSON read, none refused")
    subprocess.run([STEPLOG, "import", file, "--data", second], check=True, stdout=subprocess.DEVNULL)
    wanted, have = events(first), events(second)
    different = [id for id, event in wanted.items() if have.get(id) != event]
    assert not different, f"{len(different)} differ, such as\n{wanted[different[0]]}\n{have.get(different[0])}"
    assert len(have) == sent
    print(f"collector: {len(have)} events are the same behind it")
    print("2 passed, 0 failed")


with tempfile.TemporaryDirectory() as work:
    main(work)
