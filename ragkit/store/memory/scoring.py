"""BM25 over arrays, to the last bit as FTS5 computes it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# What is kept of each word takes half the room.
ShortSlots = npt.NDArray[np.int32]
ShortFloats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# As in FTS5, where they can't be changed.
K1, _B = 1.2, 0.75
# A word that is in more than half of all chunks would count against them.
_LEAST_IDF = 1e-6
# Up to so many slots are looked at one by one.
_FEW = 2_000
# Of a word with so many entries it pays to ask first whether it could matter.
_MANY = 25_000
# To look for a chunk among the entries of a word takes as long as adding so many of them.
_LOOKED_UP = 8
_GROUP = 64
# So many times as many slots as are wanted are few enough.
_CLOSE = 2
# No sum in single precision, of as many words as a question has, is so far from the sum itself.
_NEARLY = 1 - 1e-5


@dataclass(frozen=True, eq=False)
class Weighed:
    """What one word adds: `idf * impact` to the score of each of its slots, which ascend; `peak` is the most impact.

    `impact` is in single precision; `counts` are what the score itself is made of.
    """

    word: str
    slots: ShortSlots
    counts: ShortFloats
    impact: ShortFloats
    idf: float
    peak: float

    def about(self, slots: Slots) -> ShortFloats:
        """Return, in single precision, what it adds to the score of each of some slots."""
        places, there = self._places(slots)
        return np.where(there, np.float32(self.idf) * self.impact[places], np.float32(0))

    def exactly(self, slots: Slots, norms: Floats) -> Floats:
        """Return what it adds to the score of each of some slots, which have these norms."""
        places, there = self._places(slots)
        return np.where(there, self.idf * impacts(self.counts[places].astype(np.float64), norms), 0.0)

    def _places(self, slots: Slots) -> tuple[Slots, Mask]:
        # In the type of those that are searched, which are not copied then.
        slots = slots.astype(np.int32)
        places = np.minimum(np.searchsorted(self.slots, slots), len(self.slots) - 1)
        return places, self.slots[places] == slots


def norms(lengths: Slots, *, average: float) -> Floats:
    """Return how much the length of each chunk, in words, takes from its score."""
    return np.asarray(K1 * ((1 - _B) + _B * lengths / average), np.float64)


def impacts(counts: Floats, norms: Floats) -> Floats:
    """Return what a word adds for the times it stands in each chunk, before it is weighed by its rarity."""
    return (counts * (K1 + 1)) / (counts + norms)


def rarity(chunks: int, having: int) -> float:
    """Return the weight of a word that `having` of all chunks have."""
    idf = math.log((chunks - having + 0.5) / (having + 0.5))
    return idf if idf > 0 else _LEAST_IDF


def score(words: Sequence[Weighed], slots: Slots, norms: Floats) -> Floats:
    """Return the score of some slots, ascending, each word added in its turn; `norms` are those of all slots."""
    scores, own = np.zeros(len(slots)), norms[slots]
    for word in words:
        scores += word.exactly(slots, own)
    return scores


def best(scores: Floats, limit: int) -> Slots:
    """Return the places of the best positive scores, best first, equal ones in their order."""
    found = np.flatnonzero(scores > 0)
    return found[np.argsort(-scores[found], kind="stable")[:limit]]


def likely(words: Sequence[Weighed], mask: Mask, limit: int) -> Slots:
    """Return slots of a mask, ascending; those with the `limit` best positive scores are among them.

    The rare words come first. The common ones, which nearly every chunk has, are then looked for only in the chunks
    that they could still lift among the best.
    """
    if np.count_nonzero(mask) <= _FEW:
        return np.flatnonzero(mask)
    scores = np.zeros(-(-len(mask) // _GROUP) * _GROUP, np.float32)
    scores[len(mask) :] = -np.inf
    np.copyto(scores[: len(mask)], -np.inf, where=~mask)
    rest = sorted(words, key=lambda word: word.idf, reverse=True)
    while rest:
        if len(rest[0].slots) > _MANY:
            found = _able(scores, rest, limit)
            if len(found) * _LOOKED_UP < sum(len(word.slots) for word in rest):
                return _narrowed(found, scores[found], rest, limit)
        word = rest.pop(0)
        # Twice as fast as `+=`, which converts the slots first.
        np.add.at(scores, word.slots, np.float32(word.idf) * word.impact)
    floor = _floor(scores, limit)
    return np.flatnonzero(scores >= floor * _NEARLY) if floor > 0 else np.flatnonzero(scores > 0)


def _narrowed(slots: Slots, scores: ShortFloats, rest: Sequence[Weighed], limit: int) -> Slots:
    """Return the slots that the rest of the words can lift among the best, or few enough of them."""
    while rest and len(slots) > _CLOSE * limit:
        word, rest = rest[0], rest[1:]
        scores = scores + word.about(slots)
        kept = _able(scores, rest, limit)
        slots, scores = slots[kept], scores[kept]
    return slots


def _able(scores: ShortFloats, rest: Sequence[Weighed], limit: int) -> Slots:
    """Return where the rest of the words can lift a score among the best."""
    floor = _floor(scores, limit) * _NEARLY - sum(word.idf * word.peak for word in rest) / _NEARLY
    return np.flatnonzero(scores >= max(floor, 0.0))


def _floor(scores: ShortFloats, limit: int) -> float:
    """Return what the `limit` best have at least, or less than that."""
    if len(scores) <= limit:
        return 0.0
    if len(scores) % _GROUP == 0 and len(scores) > 4 * limit * _GROUP:
        # The limit-th best of the groups' best is never above the limit-th best of all.
        scores = scores.reshape(_GROUP, -1).max(axis=0)
    return float(np.partition(scores, -limit)[-limit])
