"""An agent of Strands for a known person in a session, and one whose model fails."""

from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.types.exceptions import ModelThrottledException


@tool
def find_order(order_id: str) -> str:
    """Finds an order."""
    return '{"state": "shipped"}'


def agent(name, model, **more):
    return Agent(name=name, model=OpenAIModel(model_id=model, client_args={"max_retries": 0}), callback_handler=None,
                 retry_strategy=None, **more)


anna = {"session.id": "session-1", "user.id": "anna"}
agent("Care agent", "gpt-5-mini", tools=[find_order], system_prompt="You help customers.", trace_attributes=anna)(
    "Where is my order A-17?")
try:
    agent("Broken agent", "broken")("Hello?")
except ModelThrottledException:
    pass
