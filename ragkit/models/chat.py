"""Which model answers: one of three engines, or any chat model of LangChain."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel


def estimate_tokens(text: str) -> int:
    """Return a count that is rarely too low: a token per three bytes of UTF-8.

    English averages four bytes a token and German three and a half; the margin is what keeps a prompt inside.
    """
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / 3)


@dataclass(frozen=True, kw_only=True)
class ChatEngine:
    """A chat model with what a prompt must know of it: its window in tokens and how to count them."""

    name: str
    chat: BaseChatModel
    window: int
    count_tokens: Callable[[str], int] = estimate_tokens
