"""An agent of Pydantic AI on a model of Anthropic, and one on a model of OpenAI that fails."""

from openai import AsyncOpenAI
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

Agent.instrument_all()
care = Agent(AnthropicModel("claude-haiku"), name="Care agent", instructions="You help customers.")


@care.tool_plain
def find_order(order_id: str) -> str:
    """Finds an order."""
    return '{"state": "shipped"}'


care.run_sync("Where is my order A-17?")
try:
    broken = OpenAIChatModel("broken", provider=OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0)))
    Agent(broken, name="Broken agent").run_sync("Hello?")
except ModelHTTPError:
    pass
