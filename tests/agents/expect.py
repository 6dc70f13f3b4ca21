"""What came of a sender, as texts that can be compared: its rows, and what was said in each interaction."""

import json
import re
import urllib.parse
import urllib.request

ROW = ["event", "status", "element", "object", "person", "conversation", "reason"]
# Where the telemetry of each family has tokens in and out.
TOKENS = [
    ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    ("llm.token_count.prompt", "llm.token_count.completion"),
    ("ai.usage.inputTokens", "ai.usage.outputTokens"),
    ("input_token_count", "output_token_count"),
]
# What is another one in each run.
CHANGING = [
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"Chunk ID: \w+"), "Chunk ID: ID"),
    (re.compile(r"\d+\.\d+ seconds"), "N seconds"),
]


def steady(text):
    for pattern, name in CHANGING:
        text = pattern.sub(name, text)
    return text


def get(listen, path):
    with urllib.request.urlopen(f"http://{listen}{path}", timeout=30) as answer:
        return json.load(answer)


def row(event):
    """One row: columns, tokens in and out, and whether it says how long it took."""
    cells = [event.get(column) or "-" for column in ROW[:-1]]
    tokens = [(event.get(f"attr.{ins}"), event.get(f"attr.{outs}")) for ins, outs in TOKENS]
    ins, outs = next((pair for pair in tokens if any(pair)), (None, None))
    cells.append(f"{ins or '-'} + {outs or '-'}" if ins or outs else "-")
    cells.append("timed" if event.get("duration_nanos") is not None else "-")
    cells.append(event.get("reason") or "-")
    return steady(" | ".join(cells))


def line(message):
    speaker = {"ai_agent": "agent"}.get(message["from"]["role"], message["from"]["role"])
    name = message["from"].get("name")
    who = f"{speaker} {name}" if name else speaker
    kind = {"words": "", "tool_call": " calls", "tool_result": " answers"}[message["kind"]]
    tool = f" {message['tool']}" if message["tool"] else ""
    return steady(f"{who}{kind}{tool}: {message['text']}")


def talk(interaction):
    """What was said; where nothing is known, what the page says of it."""
    lines = [line(message) for message in interaction["messages"]]
    if not lines and interaction["unrecorded"]:
        lines.append(f"(steps without messages: {interaction['unrecorded']})")
    return lines


def came(listen, service):
    """The rows and talks of a service. Rows that end at once have no order, so they are sorted; talks have one."""
    columns = ROW + ["interaction"] + [f"attr.{key}" for pair in TOKENS for key in pair]
    query = urllib.parse.urlencode({"service": service, "sort": "time", "limit": 1000, "columns": ",".join(columns)})
    events = get(listen, f"/api/v1/events?{query}")["events"]
    interactions = dict.fromkeys(event["interaction"] for event in events)
    found = [get(listen, f"/api/v1/interactions/{urllib.parse.quote(one, safe='')}") for one in interactions]
    return {"rows": sorted(row(event) for event in events), "talks": [talk(one) for one in found]}
