"""An agent of the OpenAI Agents SDK, and one whose model fails."""

from agents import Agent, Runner, function_tool, set_default_openai_client
from openai import AsyncOpenAI, RateLimitError

set_default_openai_client(AsyncOpenAI(api_key="none", max_retries=0), use_for_tracing=False)


@function_tool
def find_order(order_id: str) -> str:
    """Finds an order."""
    return '{"state": "shipped"}'


care = Agent(name="Care agent", instructions="You help customers.", model="gpt-5-mini", tools=[find_order])
Runner.run_sync(care, "Where is my order A-17?")
try:
    Runner.run_sync(Agent(name="Broken agent", instructions="You fail.", model="broken"), "Hello?")
except RateLimitError:
    pass
