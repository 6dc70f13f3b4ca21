"""An agent made of the client of a model's API alone: one question, one tool, one answer, and one call that fails."""

import os

from openai import OpenAI, RateLimitError

if os.environ.get("INSTRUMENT") == "logfire":
    import logfire

    logfire.configure(send_to_logfire=False, console=False)
    logfire.instrument_openai()
    logfire.info("order checked", order="A-17")

client = OpenAI(max_retries=0)
parameters = {"type": "object", "properties": {"order_id": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "find_order", "parameters": parameters}}]
talk = [
    {"role": "system", "content": "You help customers."},
    {"role": "user", "content": "Where is my order A-17?"},
]
call = client.chat.completions.create(model="gpt-5-mini", messages=talk, tools=tools).choices[0].message
talk.append(call.model_dump(exclude_none=True))
talk.append({"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": '{"state": "shipped"}'})
client.chat.completions.create(model="gpt-5-mini", messages=talk, tools=tools)
try:
    client.chat.completions.create(model="broken", messages=talk[:2])
except RateLimitError:
    pass
