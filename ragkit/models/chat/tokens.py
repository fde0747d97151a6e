"""Counting tokens for a tokenizer that is out of reach, closer with every answer that tells its count."""

import math
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

# What chat templates put around a message, with room to spare.
TURN_TOKENS = 8
# Answers that must agree before the estimate goes below the safe one, and how many are remembered.
_ENOUGH = 4
_REMEMBERED = 8
# Shorter prompts are mostly template; a count far below is what a server read anew, the rest coming from its cache.
_SHORTEST = 200
_CACHED = 0.25
_MARGIN = 1.1
_MOSTLY = 0.8
_LEAST_PROSE = 0.6  # five letters a token
_LEAST_BEYOND = 0.3
_MOST = 4.0
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


class TokenScale:
    """The estimate of one model. It begins as `estimate_tokens`; may be used from several threads.

    Upwards it is corrected by the first count above it. Downwards only by the largest of the last few counts, and
    each kind of text for itself, since a model may have four letters of English a token and one of a table. Nothing
    but ratios is remembered.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lift = 1.0
        self._prose: deque[float] = deque(maxlen=_REMEMBERED)
        self._beyond: deque[float] = deque(maxlen=_REMEMBERED)

    def count(self, text: str) -> int:
        """Return a count that is rarely too low."""
        return math.ceil(self._estimated(TextParts.of(text)))

    def learn(self, texts: Sequence[str], read: int | None) -> None:
        """Take note of how many tokens the model read these texts as, its template around each."""
        parts = [TextParts.of(text) for text in texts]
        safe = sum(part.singles + part.prose + part.beyond + TURN_TOKENS for part in parts)
        if not read or safe < _SHORTEST or read < _CACHED * safe:
            return
        ratio = read / safe
        with self._lock:
            self._lift = min(max(self._lift, ratio * _MARGIN if ratio > 1 else 1), _MOST)
            if sum(part.prose for part in parts) >= _MOSTLY * safe:
                self._prose.append(ratio)
            if sum(part.beyond for part in parts) >= _MOSTLY * safe:
                self._beyond.append(ratio)

    def too_low(self) -> None:
        """Take note that a prompt counted as fitting was too long: back to the safe estimate, or above it."""
        with self._lock:
            if not self._prose and not self._beyond:
                self._lift = min(self._lift * 1.25, _MOST)
            self._prose.clear()
            self._beyond.clear()

    def _estimated(self, parts: TextParts) -> float:
        with self._lock:
            prose, beyond = _scale(self._prose, _LEAST_PROSE), _scale(self._beyond, _LEAST_BEYOND)
            return self._lift * (parts.singles + prose * parts.prose + beyond * parts.beyond)


def _scale(ratios: deque[float], least: float) -> float:
    return min(max(max(ratios) * _MARGIN, least), 1.0) if len(ratios) >= _ENOUGH else 1.0
