"""Means with intervals: how far they would move with other questions of the same kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
SEED = 20_240_229
"""Of every draw in an evaluation, so that it comes out the same again."""
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over `n` questions and its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int

    def shown(self, *, sign: str = "") -> str:
        """Return the mean with its interval in brackets; `sign` is "+" for a difference."""
        return f"{self.mean:{sign}.3f} [{self.low:{sign}.3f}, {self.high:{sign}.3f}]"


def intervals(values: NDArray[np.float64]) -> list[Interval]:
    """Return the mean of each column with its percentile bootstrap interval; the rows are the questions.

    All columns see the same resamples, and every call the same ones, so that equal values have equal intervals.
    """
    count = len(values)
    generator = np.random.default_rng(SEED)
    means = np.stack([values[generator.integers(count, size=count)].mean(axis=0) for _ in range(RESAMPLES)])
    lows, highs = np.percentile(means, _INTERVAL, axis=0)
    return [
        Interval(mean=float(mean), low=float(low), high=float(high), n=count)
        for mean, low, high in zip(values.mean(axis=0), lows, highs, strict=True)
    ]
