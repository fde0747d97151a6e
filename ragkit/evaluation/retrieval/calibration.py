"""How far a probability can be believed: for questions with an answer and questions without one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 10

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The questions whose evidence lies from `low` up to `high`: how many, their mean, and how many have an answer."""

    low: float
    high: float
    n: int
    mean: float
    answerable: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How well the evidence tells `answerable` from `unanswerable` questions, and how true it is as a probability.

    `auroc` is the chance that it is higher for one of the former than for one of the latter; 0.5 is a guess. `ece` is
    how far it lies on average from the share that has an answer, over bins of a tenth; `brier` its mean squared error.
    All are None without questions of both kinds.
    """

    answerable: int
    unanswerable: int
    auroc: float | None
    ece: float | None
    brier: float | None
    bins: tuple[Bin, ...] = ()


def calibration(answerable: Sequence[float], unanswerable: Sequence[float]) -> Calibration:
    """Return how well evidence does on questions of both kinds."""
    both = bool(answerable) and bool(unanswerable)
    return Calibration(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        auroc=auroc(answerable, unanswerable) if both else None,
        ece=calibration_error(bins(answerable, unanswerable)) if both else None,
        brier=brier(answerable, unanswerable) if both else None,
        bins=tuple(bins(answerable, unanswerable)) if both else (),
    )


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the share of pairs in which the answerable question has more evidence; equal ones count half."""
    above, below = np.asarray(answerable, np.float64), np.sort(np.asarray(unanswerable, np.float64))
    less, up_to = np.searchsorted(below, above, side="left"), np.searchsorted(below, above, side="right")
    return float((less + up_to).mean() / 2 / len(below))


def brier(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the mean squared distance from 1 and from 0."""
    squares = [(1 - value) ** 2 for value in answerable] + [value**2 for value in unanswerable]
    return float(np.mean(squares))


def bins(answerable: Sequence[float], unanswerable: Sequence[float]) -> list[Bin]:
    """Return the tenths that hold questions, from the lowest; 1 itself belongs to the last."""
    values: _Floats = np.array([*answerable, *unanswerable], np.float64)
    is_answerable = np.arange(len(values)) < len(answerable)
    tenth = np.clip((values * BINS).astype(int), 0, BINS - 1)
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            n=int(inside.sum()),
            mean=float(values[inside].mean()),
            answerable=int(is_answerable[inside].sum()),
        )
        for number in range(BINS)
        if (inside := tenth == number).any()
    ]


def calibration_error(found: Sequence[Bin]) -> float:
    """Return the mean distance of the evidence from the share with an answer, each bin by its questions."""
    total = sum(one.n for one in found)
    return sum(abs(one.mean * one.n - one.answerable) for one in found) / total
