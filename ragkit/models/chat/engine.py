"""Which model answers: one of four engines, or any chat model of LangChain."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRACTIVE = "extractive"
"""The name of the engine that needs no language model: it can only quote."""
UNKNOWN = "unknown"
"""The digest of weights that nobody can tell from others under the same name."""
# As long as other weights under the same name may go unnoticed.
_FRESH = 5.0

_ONE_EACH = re.compile(r"\d|[!-/:-@\[-`{-~]")
# Letters of Europe are known to most tokenizers; what has three or four bytes is spelt out by those of small models.
_BEYOND = (
    (re.compile(r"[\x80-\u052f]"), 1.0),
    (re.compile(r"[\u0530-\u07ff]"), 1.25),
    (re.compile(r"[\u0800-\uffff]"), 2.0),
    (re.compile(r"[^\x00-\uffff]"), 3.0),
)


@dataclass(frozen=True, kw_only=True)
class TextParts:
    """What a text has that tokenizers treat alike, in tokens at most: digits and marks, ASCII prose, all beyond."""

    singles: int
    prose: float
    beyond: float

    @classmethod
    def of(cls, text: str) -> "TextParts":
        """Take a text apart."""
        singles = sum(1 for _ in _ONE_EACH.finditer(text))
        counts = [sum(1 for _ in kind.finditer(text)) for kind, _ in _BEYOND]
        beyond = sum(count * tokens for count, (_, tokens) in zip(counts, _BEYOND, strict=True))
        return cls(singles=singles, prose=(len(text) - singles - sum(counts)) / 3, beyond=beyond)


def estimate_tokens(text: str) -> int:
    """Return a count that is rarely too low: one for each digit and mark, and one for three letters of the rest.

    Beyond ASCII a character has one token if it is a letter of Europe, two if it takes three bytes in UTF-8, and three
    if four: so many as SmolLM2, whose tokenizer was made from English, needs for Chinese (1.7), Thai (1.9) and emoji
    (2.6). English prose averages four letters a token; the margin is what keeps a prompt inside.
    """
    parts = TextParts.of(text)
    return parts.singles + math.ceil(parts.prose + parts.beyond)


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
    chat: "BaseChatModel"
    window: int
    count_tokens: Callable[[str], int] = estimate_tokens
    prepare: Callable[[], None] = _ready
    digest: Callable[[], str] = _unknown
    reads: Literal["prompt", "passages"] = "prompt"


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
