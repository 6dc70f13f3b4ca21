"""A model's API that always answers the same: it asks for the first tool it is offered, then tells of the order.

It speaks the APIs of OpenAI (chat completions and responses, whole and streamed), Anthropic (messages) and Gemini
(generateContent, whole and streamed). A call of the model `broken` is answered with HTTP 429.
"""

import itertools
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = "Your order A-17 is on its way."
REFUSAL = "Rate limit reached for broken"
TOKENS_IN, TOKENS_OUT = 42, 9
# What each known tool is asked; of tools that are not here none is asked for.
ASKED = {
    "find_order": {"order_id": "A-17"},
    "exec_command": {"cmd": "echo shipped"},
    "shell_command": {"command": "echo shipped"},
    "list_directory": {"dir_path": "."},
}
CREATED = 1_790_000_000

numbers = itertools.count(1)
# Hosts outside that somebody wanted to reach.
elsewhere = []


def wanted(names, has_result):
    """The tool to ask for: none once a result is there."""
    return None if has_result else next((name for name in names if name in ASKED), None)


def chat(question):
    tool = wanted([tool["function"]["name"] for tool in question.get("tools", [])],
                  any(message["role"] == "tool" for message in question["messages"]))
    message = {"role": "assistant", "content": None if tool else ANSWER}
    if tool:
        function = {"name": tool, "arguments": json.dumps(ASKED[tool])}
        message["tool_calls"] = [{"id": f"call_{next(numbers)}", "type": "function", "function": function}]
    usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT, "total_tokens": TOKENS_IN + TOKENS_OUT}
    finish = "tool_calls" if tool else "stop"
    base = {"id": f"chatcmpl-{next(numbers)}", "created": CREATED, "model": question["model"]}
    if not question.get("stream"):
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return base | {"object": "chat.completion", "choices": [choice], "usage": usage}
    for index, call in enumerate(message.get("tool_calls", [])):
        call["index"] = index
    choices = [[{"index": 0, "delta": message, "finish_reason": None}],
               [{"index": 0, "delta": {}, "finish_reason": finish}], []]
    chunks = [base | {"object": "chat.completion.chunk", "choices": choice} for choice in choices]
    chunks[-1]["usage"] = usage
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def responses(question):
    asked = question["input"]
    tool = wanted([tool.get("name") for tool in question.get("tools", [])],
                  isinstance(asked, list) and any(item.get("type") == "function_call_output" for item in asked))
    number = next(numbers)
    if tool:
        item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": tool,
                "arguments": json.dumps(ASKED[tool]), "status": "completed"}
    else:
        content = {"type": "output_text", "text": ANSWER, "annotations": []}
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed",
                "content": [content]}
    usage = {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT, "total_tokens": TOKENS_IN + TOKENS_OUT,
             "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    whole = {"id": f"resp_{number}", "object": "response", "created_at": CREATED, "model": question["model"],
             "status": "completed", "output": [item], "parallel_tool_calls": True, "tool_choice": "auto",
             "tools": [], "usage": usage}
    if not question.get("stream"):
        return whole
    events = [{"type": "response.created", "response": whole | {"status": "in_progress", "output": []}},
              {"type": "response.output_item.done", "output_index": 0, "item": item},
              {"type": "response.completed", "response": whole}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def messages(question):
    parts = [part for message in question["messages"] if isinstance(message["content"], list)
             for part in message["content"]]
    tool = wanted([tool["name"] for tool in question.get("tools", [])],
                  any(part["type"] == "tool_result" for part in parts))
    number = next(numbers)
    content = {"type": "text", "text": ANSWER}
    if tool:
        content = {"type": "tool_use", "id": f"toolu_{number}", "name": tool, "input": ASKED[tool]}
    return {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": question["model"],
            "content": [content], "stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT}}


def gemini(question, model, streamed):
    parts = [part for content in question["contents"] for part in content["parts"]]
    offered = [function["name"] for tool in question.get("tools", []) for function in tool["functionDeclarations"]]
    tool = wanted(offered, any("functionResponse" in part for part in parts))
    part = {"functionCall": {"name": tool, "args": ASKED[tool]}} if tool else {"text": ANSWER}
    usage = {"promptTokenCount": TOKENS_IN, "candidatesTokenCount": TOKENS_OUT,
             "totalTokenCount": TOKENS_IN + TOKENS_OUT}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    whole = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model,
             "responseId": f"r{next(numbers)}"}
    return f"data: {json.dumps(whole)}\n\n" if streamed else whole


def answer(path, question):
    """The status and what is answered: an object, or the text of a stream."""
    path = path.partition("?")[0]
    call = re.fullmatch(r"/v1beta/models/([^:]+):(generateContent|streamGenerateContent|countTokens)", path)
    model = call[1] if call else question.get("model")
    if model == "broken":
        return 429, {"error": {"message": REFUSAL, "type": "tokens", "code": "rate_limit_exceeded"}}
    if call:
        if call[2] == "countTokens":
            return 200, {"totalTokens": TOKENS_IN}
        return 200, gemini(question, model, call[2] == "streamGenerateContent")
    for end, talk in (("/chat/completions", chat), ("/responses", responses), ("/messages", messages)):
        if path.endswith(end):
            return 200, talk(question)
    return 404, {"error": {"message": f"no {path}"}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        """Somebody takes this server for the proxy to the world outside: it is told and goes no further."""
        elsewhere.append(self.path)
        self.send(403, {"error": {"message": "nothing leaves this machine"}})

    def do_GET(self):
        self.send(200, {"models": [], "data": []})

    def do_POST(self):
        self.send(*answer(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

    def send(self, status, answered):
        is_stream = isinstance(answered, str)
        body = (answered if is_stream else json.dumps(answered)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if is_stream else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the suite tells what failed."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that goes away is no error of this server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def serve():
    """Starts the API on a free port of this machine; its address."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
