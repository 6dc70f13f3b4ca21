"""An agent of LangChain in a thread of LangGraph, and a model call that fails."""

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from openai import RateLimitError


def find_order(order_id: str) -> str:
    """Finds an order."""
    return '{"state": "shipped"}'


model = ChatOpenAI(model="gpt-5-mini", max_retries=0)
care = create_agent(model, tools=[find_order], system_prompt="You help customers.", name="Care agent")
question = {"messages": [{"role": "user", "content": "Where is my order A-17?"}]}
care.invoke(question, config={"configurable": {"thread_id": "thread-77"}})
try:
    ChatOpenAI(model="broken", max_retries=0).invoke("Hello?")
except RateLimitError:
    pass
