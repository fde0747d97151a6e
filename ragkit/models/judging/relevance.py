"""What ragkit asks of a model that judges passages, and how one judges a passage that is longer than its window."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from ragkit.errors import ModelFailed, PromptTooLong

Pair = tuple[str, str]


class Judge(Protocol):
    """Says how well passages answer a question. `name` is what people know it by."""

    name: str

    def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score a passage, in order. Higher is better; scores compare within one call only.

        Raises:
            ModelError: the model can't be loaded or reached, or did not answer as it must.
            PromptTooLong: the question leaves no room for a passage.
        """
        ...


class PairModel(Protocol):
    """A model that reads question and passage together. `window` is in tokens, for both with the special tokens."""

    name: str
    window: int

    def count_pair(self, pair: Pair) -> int:
        """Return the number of tokens of a pair, uncut."""
        ...

    def score_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a score a pair, in order. Every pair is within the window."""
        ...


def judge_whole(model: PairModel, question: str, passages: Sequence[str]) -> list[float]:
    """Score every passage by its best part: one that is too long for the window is read in overlapping parts.

    Raises:
        PromptTooLong: the question takes more than half of the window. Nothing is scored then.
        ModelFailed: a score is no number.
    """
    if (tokens := model.count_pair((question, ""))) > model.window // 2:
        raise PromptTooLong(
            f"The question takes {tokens} tokens and {model.name!r} reads {model.window}, passage included. "
            "Ask a shorter one.",
            tokens=tokens,
            window=model.window,
        )
    parts = [parted(text, lambda part: model.count_pair((question, part)) <= model.window) for text in passages]
    scores = iter(model.score_pairs([(question, part) for whole in parts for part in whole]))
    best = [max((next(scores) for _ in whole), key=_nan_first) for whole in parts]
    if not all(map(math.isfinite, best)):
        raise ModelFailed(f"{model.name!r} gave a score that is no number. Take another model", model=model.name)
    return best


def parted(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return the text, or parts of it that fit, hold all of it and overlap, so that a sentence is whole in one."""
    if len(text) < 2 or fits(text):  # noqa: PLR2004 - one character can't be parted
        return [text]
    half, lap = len(text) // 2, len(text) // 8
    return [*parted(text[: half + lap], fits), *parted(text[half - lap :], fits)]


def _nan_first(score: float) -> float:
    return math.inf if math.isnan(score) else score
