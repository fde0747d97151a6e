"""Which model answers: one of four engines, or any chat model of LangChain."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ragkit.models.chat.thinking import without_thoughts
from ragkit.models.chat.tokens import estimate_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage, BaseMessageChunk
    from langchain_core.runnables import Runnable
    from pydantic import BaseModel

EXTRACTIVE = "extractive"
"""The name of the engine that needs no language model: it can only quote."""
UNKNOWN = "unknown"
"""The digest of weights that nobody can tell from others under the same name."""
# As long as other weights under the same name may go unnoticed.
_FRESH = 5.0


class Chat(Protocol):
    """What is asked of a chat model; any of LangChain's does it."""

    def stream(self, messages: "LanguageModelInput", /) -> "Iterator[BaseMessageChunk]":
        """Yield the answer as it is written."""

    def invoke(self, messages: "LanguageModelInput", /) -> "BaseMessage":
        """Return the whole answer."""

    def with_structured_output(
        self, schema: "dict[str, object] | type[BaseModel]", /
    ) -> "Runnable[LanguageModelInput, dict[str, Any] | BaseModel]":
        """Return what answers in a schema. Raises NotImplementedError where the model can't be held to one."""


def _ready() -> None:
    """Do nothing: most models need no preparing."""


def _unknown() -> str:
    return UNKNOWN


@dataclass(frozen=True, kw_only=True)
class ChatEngine:
    """A chat model with what a prompt must know of it: its window in tokens and how to count them.

    `prepare` loads the model, so that the first question does not wait for that; it raises ModelError if it can't.
    `digest` tells its weights from others under the same name, as they are now or were seconds ago; UNKNOWN where
    nobody can.
    A model that `reads` passages takes them whole out of the process and reads no prompt: the extractive one.
    """

    name: str
    chat: Chat
    window: int
    count_tokens: Callable[[str], int] = estimate_tokens
    prepare: Callable[[], None] = _ready
    digest: Callable[[], str] = _unknown
    reads: Literal["prompt", "passages"] = "prompt"

    def answer_in(
        self, schema: "dict[str, object] | type[BaseModel]", messages: "list[BaseMessage]"
    ) -> "dict[str, Any] | BaseModel | str":
        """Return the model's answer in a schema; as text, without its thoughts, if it can't be held to one."""
        try:
            asked = self.chat.with_structured_output(schema)
        except NotImplementedError:
            return without_thoughts(str(self.chat.invoke(messages).text))
        return asked.invoke(messages)


def lately(
    ask: Callable[[], str], *, seconds: float = _FRESH, clock: Callable[[], float] = time.monotonic
) -> Callable[[], str]:
    """Return what gives the answer of `ask` again for some seconds: a server needs up to three requests for one."""
    asked, told = -math.inf, ""

    def answer() -> str:
        nonlocal asked, told
        now = clock()
        if now - asked >= seconds:
            asked, told = now, ask()
        return told

    return answer
