"""Which model answers: one of three engines, or any chat model of LangChain."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

_ONE_EACH = re.compile(r"\d|[^\w\s]")


def estimate_tokens(text: str) -> int:
    """Return a count that is rarely too low: one for each digit and mark, and one for three bytes of the rest.

    English prose averages four bytes a token and German three and a half; the margin is what keeps a prompt inside.
    """
    singles = sum(1 for _ in _ONE_EACH.finditer(text))
    rest = len(_ONE_EACH.sub("", text).encode("utf-8", "surrogatepass"))
    return singles + math.ceil(rest / 3)


@dataclass(frozen=True, kw_only=True)
class ChatEngine:
    """A chat model with what a prompt must know of it: its window in tokens and how to count them."""

    name: str
    chat: BaseChatModel
    window: int
    count_tokens: Callable[[str], int] = estimate_tokens
