"""Settings chosen on some questions and measured on others: no figure counts a question that it was chosen on."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ragkit.evaluation.bootstrap import SEED, Interval, intervals

Number = int | float
Column = NDArray[np.float64]
"""A value for each question."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One choice. `chunk_tokens` is 0 where the embedder's window decides."""

    chunk_tokens: int
    meaning: float
    limit: int
    evidence: float


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of the questions with one size of chunks and one weight.

    `recall` is the share of the relevant documents among so many passages. `unanswerable` has the evidence for each
    question without an answer, `evidence` that for each of the others.
    """

    chunk_tokens: int
    meaning: float
    ndcg: Column
    mrr: Column
    recall: Mapping[int, Column]
    evidence: Column
    unanswerable: Column


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure with the settings of today and with those chosen on other questions, and the difference."""

    metric: str
    current: Interval
    tuned: Interval
    gain: Interval


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What became of one setting.

    `best` is what all questions would choose, `chosen` how often the folds chose each value. `advised` is `current`
    unless it is sure that a change gains something; `reason` says why.
    """

    setting: str
    current: Number
    best: Number
    advised: Number
    reason: str
    chosen: Mapping[str, int] = field(default_factory=dict)
    figures: Sequence[Compared] = ()


@dataclass(frozen=True, kw_only=True)
class LimitRecall(Interval):
    """The share of the relevant documents among so many passages."""

    limit: int


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What is told of it. `limits` are of held-out questions."""

    questions: int
    unanswerable: int
    folds: int
    choices: Sequence[Choice]
    limits: Sequence[LimitRecall]

    @property
    def changes(self) -> dict[str, Number]:
        """The settings that are worth changing, with their new values."""
        return {one.setting: one.advised for one in self.choices if one.advised != one.current}


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """The trial that each fold chose without its own questions, and the one that all questions choose."""

    picks: Sequence[Trial]
    final: Trial

    def held_out(self, column: Callable[[Trial], Column], fold: NDArray[np.intp]) -> Column:
        """Return a column in which each question has the value of the trial that was chosen without it."""
        return np.stack([column(one) for one in self.picks])[fold, np.arange(len(fold))]


def folded(count: int, folds: int) -> NDArray[np.intp]:
    """Return the fold, from 0, of each of so many questions: by chance, the same every time, of like size."""
    return np.random.default_rng(SEED).permutation(count) % min(folds, max(1, count))


def compared(metric: str, current: Column, tuned: Column) -> Compared:
    """Return both means and the mean difference, question by question, with their intervals."""
    now, then, gain = intervals(np.column_stack([current, tuned, tuned - current]))
    return Compared(metric=metric, current=now, tuned=then, gain=gain)


def counted(values: Sequence[Number]) -> dict[str, int]:
    """Return how often each value is among them, the smallest value first."""
    return {f"{value:g}": count for value, count in sorted(Counter(values).items())}
