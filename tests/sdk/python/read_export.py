"""Reads steplog's otlp-json export with OpenTelemetry's own protobuf classes, and holds it to the API's answers.

Every line must be an ExportLogsServiceRequest as protobuf's JSON reader knows it. The only difference between OTLP's
JSON and protobuf's is told by OTLP: trace and span ids are hexadecimal, not base64.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

BINARY = sys.argv[1]
API = os.environ["STEPLOG_API"]
PERIOD = ["--from", "now-30d"]


def without_ours():
    """The environment without the names that this suite uses, which are no settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STEPLOG_")}


def export(form, directory):
    path = f"{directory}/{form}.out"
    command = [BINARY, "export", "--server", f"http://{API}", "--format", form, "--output", path, *PERIOD]
    subprocess.run(command, check=True, env=without_ours())
    with open(path, encoding="utf-8") as file:
        return list(file)


def as_protobuf_json(line):
    data = json.loads(line)
    for resource in data["resourceLogs"]:
        for scope in resource["scopeLogs"]:
            for record in scope["logRecords"]:
                for name in ("traceId", "spanId"):
                    if record.get(name):
                        record[name] = base64.b64encode(bytes.fromhex(record[name])).decode()
    return json.dumps(data)


def attributes(items):
    return {item.key: item.value.string_value for item in items}


def decode(line):
    """The one record of a line, with the attributes of its resource."""
    request = json_format.Parse(as_protobuf_json(line), ExportLogsServiceRequest(), ignore_unknown_fields=False)
    (resource,) = request.resource_logs
    (scope,) = resource.scope_logs
    (record,) = scope.log_records
    return resource, record


def main(directory):
    with urllib.request.urlopen(f"http://{API}/api/v1/count?from=now-30d", timeout=10) as answer:
        count = json.load(answer)["count"]
    lines, events = export("otlp-json", directory), export("ndjson", directory)
    assert len(lines) == len(events) == count > 0, (len(lines), len(events), count)
    named = 0
    # Both exports have the same order.
    for line, event in zip(lines, map(json.loads, events), strict=True):
        resource, record = decode(line)
        name = record.event_name or attributes(record.attributes).get("event.name")
        assert name == event["event"], (name, event["event"])
        assert record.trace_id.hex() == event.get("trace_id", ""), event
        assert record.time_unix_nano or record.observed_time_unix_nano, event
        service = attributes(resource.resource.attributes).get("service.name")
        if "service" in event:
            assert service == event["service"], event
            named += 1
    assert named > 0
    print(f"otlp-json: {count} exported events read by opentelemetry-proto, each as the API tells it")


with tempfile.TemporaryDirectory() as work:
    main(work)
