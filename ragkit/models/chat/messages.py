"""LangChain's messages as the role and text that local servers take."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from langchain_core.messages import BaseMessage

from ragkit.models.chat.thinking import without_thoughts
from ragkit.text.encodable import encodable

_CUT_OFF = {"length", "max_tokens", "MAX_TOKENS"}
_ROLES = {"human": "user", "ai": "assistant"}


class ChatTurn(TypedDict):
    """One message on the wire."""

    role: str
    content: str


def to_turns(messages: Sequence[BaseMessage]) -> list[ChatTurn]:
    """Return the messages in order. Thoughts in earlier answers are not sent back to the model."""
    return [_turn(message) for message in messages]


def is_cut_off(message: BaseMessage) -> bool:
    """Say whether the model stopped at the most that it may write."""
    return tells_cut_off(message.response_metadata)


def tells_cut_off(told: Mapping[str, object]) -> bool:
    """Say whether metadata of an answer tell that; each kind of server has its own word for it."""
    return any(str(told.get(key)) in _CUT_OFF for key in ("done_reason", "finish_reason", "stop_reason"))


def _turn(message: BaseMessage) -> ChatTurn:
    text = encodable(str(message.text))
    content = without_thoughts(text) if message.type == "ai" else text
    return ChatTurn(role=_ROLES.get(message.type, message.type), content=content)
