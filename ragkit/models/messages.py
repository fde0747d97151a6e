"""LangChain's messages as the role and text that local servers take."""

from collections.abc import Sequence
from typing import TypedDict

from langchain_core.messages import BaseMessage

from ragkit.models.thinking import without_thoughts

_ROLES = {"human": "user", "ai": "assistant"}


class ChatTurn(TypedDict):
    """One message on the wire."""

    role: str
    content: str


def to_turns(messages: Sequence[BaseMessage]) -> list[ChatTurn]:
    """Return the messages in order. Thoughts in earlier answers are not sent back to the model."""
    return [_turn(message) for message in messages]


def _turn(message: BaseMessage) -> ChatTurn:
    # Half a surrogate pair, as a broken PDF leaves it, is no text to llama.cpp.
    text = str(message.text).encode("utf-8", "replace").decode("utf-8")
    content = without_thoughts(text) if message.type == "ai" else text
    return ChatTurn(role=_ROLES.get(message.type, message.type), content=content)
