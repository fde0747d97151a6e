"""BM25 over arrays, to the last bit as FTS5 computes it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# As in FTS5, where they can't be changed.
_K1, _B = 1.2, 0.75
# A word that is in more than half of all chunks would count against them.
_LEAST_IDF = 1e-6
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class Weighed:
    """What one word adds: `idf * impact` to the score of each of its slots."""

    word: str
    slots: Slots
    impact: Floats
    idf: float


def norms(lengths: Slots, *, average: float) -> Floats:
    """Return how much the length of each chunk, in words, takes from its score."""
    return np.asarray(_K1 * ((1 - _B) + _B * lengths / average), np.float64)


def impacts(counts: Floats, norms: Floats) -> Floats:
    """Return what a word adds for the times it stands in each chunk, before it is weighed by its rarity."""
    return (counts * (_K1 + 1)) / (counts + norms)


def rarity(chunks: int, having: int) -> float:
    """Return the weight of a word that `having` of all chunks have."""
    idf = math.log((chunks - having + 0.5) / (having + 0.5))
    return idf if idf > 0 else _LEAST_IDF


def score(words: Sequence[Weighed], size: int) -> Floats:
    """Return the score of every slot, and zeros behind them up to a whole block."""
    scores = np.zeros(-(-size // _BLOCK) * _BLOCK)
    for word in words:
        scores[word.slots] += word.idf * word.impact
    return scores


def best(scores: Floats, limit: int) -> Slots:
    """Return the slots of the best positive scores of whole blocks, best first, equal ones in their order."""
    peaks = scores.reshape(-1, _BLOCK).max(axis=1)
    # The limit-th best of the blocks' best is never above the limit-th best of all.
    floor = np.partition(peaks, -limit)[-limit] if len(peaks) > limit else 0.0
    slots = np.flatnonzero(scores >= floor) if floor > 0 else np.flatnonzero(scores > 0)
    return slots[np.argsort(-scores[slots], kind="stable")[:limit]]
