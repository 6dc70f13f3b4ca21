"""How each sender is run: its program, its settings, and nothing that leaves this machine."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs/agents.md"
QUESTION = "Where is my order A-17?"
DEADLINE_SECONDS = 300
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@dataclasses.dataclass(frozen=True)
class Places:
    """Where things are in this run."""

    tools: pathlib.Path
    work: pathlib.Path
    grpc: str
    http: str
    model: str


@dataclasses.dataclass(frozen=True)
class Sender:
    """A program with its settings; `case` is its name in cases.json, `service` its service in what it sends."""

    case: str
    command: list
    environment: dict = dataclasses.field(default_factory=dict)
    service: str = ""


def python(places, case, program, environment=None, *, venv=None, zero_code=True):
    """A program in Python; with `zero_code` it says nothing of telemetry, which is loaded around it."""
    binaries = places.tools / "python" / (venv or case)
    command = [binaries / "bin/python", HERE / "programs" / program]
    if zero_code:
        command = [binaries / "bin/opentelemetry-instrument", *command]
    return Sender(case, command, environment or {})


def known_person(places):
    """The agent of the OpenAI Agents SDK behind the lines of docs/agents.md that tell who the person is."""
    lines = re.search(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.S | re.M).group(1)
    program = places.work / "known_person.py"
    # A span that is none of the agent's has the person all the same, and is no row.
    lines += 'with trace.get_tracer("shop").start_as_current_span("SELECT orders"): pass\n'
    program.write_text(lines + (HERE / "programs/openai_agents.py").read_text(encoding="utf-8"), encoding="utf-8")
    return python(places, "openai-agents-person", program, {CAPTURE: "SPAN_ONLY", "OPENAI_API_KEY": ""},
                  venv="openai-agents")


def ai_sdk(places):
    # The program looks for its modules from where it lies.
    program = places.tools / "js/ai_sdk.mjs"
    program.write_text((HERE / "programs/ai_sdk.mjs").read_text(encoding="utf-8"), encoding="utf-8")
    return Sender("ai-sdk", ["node", program], {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{places.http}"})


def codex(places):
    home = places.work / "codex"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(f"""
model = "gpt-5-mini"
model_provider = "fake"
check_for_update_on_startup = false
[model_providers.fake]
name = "fake"
base_url = "{places.model}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
[analytics]
enabled = false
[features]
apps = false
plugins = false
remote_plugin = false
[otel]
log_user_prompt = true
metrics_exporter = "none"
exporter = {{ otlp-http = {{ endpoint = "http://{places.http}/v1/logs", protocol = "binary" }} }}
""", encoding="utf-8")
    command = [places.tools / "js/node_modules/.bin/codex", "exec", "--skip-git-repo-check", QUESTION]
    return Sender("codex", command, {"CODEX_HOME": str(home)}, "codex_exec")


def gemini(places):
    home = places.work / "gemini"
    (home / ".gemini").mkdir(parents=True, exist_ok=True)
    telemetry = {"enabled": True, "target": "local", "otlpEndpoint": f"http://{places.grpc}", "logPrompts": True}
    settings = {
        "telemetry": telemetry,
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
    }
    (home / ".gemini/settings.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [places.tools / "js/node_modules/.bin/gemini", "--yolo", "--model", "gemini-2.5-pro", "-p", QUESTION]
    return Sender("gemini", command, {
        "GEMINI_CLI_HOME": str(home),
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GEMINI_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": places.model,
    })


def senders(places):
    span_only = {CAPTURE: "SPAN_ONLY"}
    event_only = {CAPTURE: "EVENT_ONLY", "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true"}
    http = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{places.http}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
    return [
        python(places, "genai-openai", "chat.py"),
        python(places, "genai-openai-span-only", "chat.py", span_only, venv="genai-openai"),
        python(places, "genai-openai-event-only", "chat.py", event_only, venv="genai-openai"),
        # With a key in its environment the SDK reports to OpenAI as well.
        python(places, "openai-agents", "openai_agents.py", span_only | {"OPENAI_API_KEY": ""}),
        known_person(places),
        python(places, "langchain", "langchain_agent.py", span_only),
        python(places, "openai-v2", "chat.py", {CAPTURE: "true"}),
        python(places, "openinference", "chat.py"),
        python(places, "openllmetry", "chat.py", {"TRACELOOP_TELEMETRY": "false"}),
        python(places, "logfire", "chat.py", http | {"INSTRUMENT": "logfire"}, zero_code=False),
        # The client of Anthropic would tell each call again.
        python(places, "pydantic-ai", "pydantic_agent.py", {"ANTHROPIC_OPEN_TELEMETRY": "false"}),
        python(places, "strands", "strands_agent.py"),
        ai_sdk(places),
        codex(places),
        gemini(places),
    ]


def run(sender, places):
    """Runs a sender to its end; what it said where it failed."""
    home = places.work / f"{sender.case}.home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYENV_ROOT") if name in os.environ}
    environment = kept | {
        "HOME": str(home),
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"{places.model}/v1",
        "ANTHROPIC_API_KEY": "none",
        "ANTHROPIC_BASE_URL": places.model,
        "OTEL_SERVICE_NAME": sender.case,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{places.grpc}",
        # All spans in one request when the program ends, however slow the machine.
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
        # What wants to go elsewhere comes to the fake, which tells of it.
        "HTTP_PROXY": places.model, "HTTPS_PROXY": places.model, "http_proxy": places.model,
        "https_proxy": places.model, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    } | sender.environment
    try:
        ended = subprocess.run([str(part) for part in sender.command], cwd=home, env=environment, text=True,
                               check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=DEADLINE_SECONDS)
    except subprocess.TimeoutExpired as late:
        return f"not done within {DEADLINE_SECONDS} s: {late.output}"
    return ended.stdout if ended.returncode else None
