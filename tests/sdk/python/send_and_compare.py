"""Sends log records with the OpenTelemetry SDK for Python, over HTTP and gRPC, and compares them with what the API gives back."""

import base64
import json
import os
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

API = f"http://{os.environ['STEPLOG_API']}/api/v1"
TRACE_ID, SPAN_ID = 0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7
DEADLINE_SECONDS = 30


def exporters():
    grpc, http = os.environ["STEPLOG_GRPC"], f"http://{os.environ['STEPLOG_HTTP']}/v1/logs"
    yield "grpc", GrpcExporter(endpoint=grpc, insecure=True)
    yield "http protobuf", HttpExporter(endpoint=http)
    yield "http protobuf gzip", HttpExporter(endpoint=http, compression=Compression.Gzip)


def attributes(interaction):
    return {
        "steplog.interaction.id": interaction,
        "steplog.person.id": "person-42",
        "steplog.event.status": "failure",
        "text": "Grüße, 世界 \u2028 \"quoted\" \\ and a tab\t",
        "empty": "",
        "yes": True,
        "no": False,
        "largest": 2**63 - 1,
        "smallest": -(2**63),
        "zero": 0,
        "tenth": 0.1,
        "whole double": 3.0,
        "tiny": 5e-324,
        "bytes": bytes(range(256)),
        "strings": ["a", "b"],
        "mixed": ["a", 1, True, 2.5, {"inner": [None]}],
        "nested": {"list": [1, 2], "deeper": {"key": "value", "nothing": None}},
        "nothing": None,
    }


def any_value(value):
    """The value in the JSON form of OTLP."""
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"kvlistValue": {"values": key_values(value)}}


def key_values(mapping):
    return [{"key": key, "value": any_value(value)} for key, value in mapping.items()]


def get(path, **parameters):
    with urllib.request.urlopen(f"{API}/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
        return json.load(answer)


def found_event(interaction):
    """The one event of the interaction, as soon as it can be found."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        events = get("events", interaction=interaction)["events"]
        if events:
            assert len(events) == 1, events
            return get(f"events/{events[0]['id']}")
        pause.wait(0.02)
    sys.exit(f"interaction {interaction} was not found within {DEADLINE_SECONDS} s")


def same(what, found, want):
    assert found == want, f"{what}:\n found {json.dumps(found, ensure_ascii=False)}\n  want {json.dumps(want, ensure_ascii=False)}"


def without_empty(pairs):
    """An absent value and an empty one are the same in the JSON form."""
    return [{"key": pair["key"], "value": pair.get("value", {})} for pair in pairs]


def check(name, exporter):
    interaction = str(uuid.uuid4())
    time_nanos = time.time_ns() // 1000 * 1000 + 789
    observed_nanos = time_nanos + 1
    provider = LoggerProvider(Resource({"service.name": "python-sdk", "numbers": (1, 2, 3)}), shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("engine", "1.2.3", "https://example.com/schema", {"scope.attribute": 7})
    span = NonRecordingSpan(SpanContext(TRACE_ID, SPAN_ID, False, TraceFlags(1)))
    sent = attributes(interaction)
    logger.emit(
        LogRecord(
            timestamp=time_nanos,
            observed_timestamp=observed_nanos,
            context=set_span_in_context(span),
            severity_number=SeverityNumber.ERROR2,
            severity_text="ERROR2",
            body={"message": "The carrier did not answer", "attempt": 3},
            event_name="message.undelivered",
            attributes=sent,
        )
    )
    assert provider.force_flush()
    provider.shutdown()

    event = found_event(interaction)
    record = event["record"]
    log_record = record["logRecord"]
    same("event", event["event"], "message.undelivered")
    same("status", event["status"], "failure")
    same("person", event["person"], "person-42")
    same("time", int(log_record["timeUnixNano"]), time_nanos)
    same("nanoseconds of the column", event["time"][-10:], f"{time_nanos % 10**9:09}Z")
    same("observed time", int(log_record["observedTimeUnixNano"]), observed_nanos)
    same("severity", (log_record["severityNumber"], log_record["severityText"]), (18, "ERROR2"))
    same("body", log_record["body"], any_value({"message": "The carrier did not answer", "attempt": 3}))
    same("trace", (log_record["traceId"], log_record["spanId"]), (f"{TRACE_ID:032x}", f"{SPAN_ID:016x}"))
    same("flags", log_record["flags"] & 0xFF, 1)
    same("attributes", without_empty(log_record["attributes"]), key_values(sent))
    same("resource", record["resource"]["attributes"], key_values({"service.name": "python-sdk", "numbers": [1, 2, 3]}))
    scope = record["scope"]
    same("scope", (scope["name"], scope["version"]), ("engine", "1.2.3"))
    same("scope attributes", scope["attributes"], key_values({"scope.attribute": 7}))
    print(f"python sdk, {name}: every attribute, kind and nanosecond came back")


for exporter_name, log_exporter in exporters():
    check(exporter_name, log_exporter)
print("3 passed, 0 failed")
