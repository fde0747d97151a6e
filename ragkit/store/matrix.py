"""Vectors by slot in memory: their signs for a first look, the numbers themselves for the answer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ragkit.models.embedder import Vectors
from ragkit.store.scoring import Mask, Slots

_Words = npt.NDArray[np.uint64]

# Up to here every admitted vector is compared: exact, in half a millisecond.
EXACT_LIMIT = 4_000
# So many of the nearest by signs are compared exactly; measured, the ten best are among them in 998 of 1,000 cases.
_LOOKED_AT = 1_000
# Of a short vector the signs say too little.
_FEWEST_SIGNS = 256
# Vectors, and words of signs, that stay in the processor's cache.
_GATHERED, _PIECE = 2_048, 32_768


@dataclass(frozen=True, eq=False)
class Plane:
    """The vectors of one state of the catalog. What is added later lies where `there` is false, or in other arrays."""

    numbers: Vectors
    signs: _Words
    there: Mask
    size: int

    def nearest(self, vector: Vectors, limit: int, mask: Mask) -> Slots:
        """Return the admitted slots with a vector that lie nearest, best first."""
        mask = mask & self.there
        slots = np.flatnonzero(mask)
        if len(slots) > max(EXACT_LIMIT, limit) and self.numbers.shape[1] >= _FEWEST_SIGNS:
            slots = self._close(vector, mask, max(_LOOKED_AT, 4 * limit))
        scores = self.compared(vector, slots)
        if len(scores) > limit:
            kept = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
            slots, scores = slots[kept], scores[kept]
        return slots[np.argsort(-scores, kind="stable")[:limit]]

    def compared(self, vector: Vectors, slots: Slots) -> Vectors:
        """Return the cosine similarity of each slot, NaN where there is no vector."""
        there = self.there[slots]
        if there.all():
            return self._products(vector, slots)
        found = np.full(len(slots), np.nan, np.float32)
        found[there] = self._products(vector, slots[there])
        return found

    def _products(self, vector: Vectors, slots: Slots) -> Vectors:
        pieces = [slots[start : start + _GATHERED] for start in range(0, len(slots), _GATHERED)]
        return np.concatenate(
            [np.zeros(0, np.float32), *(self.numbers.take(piece, axis=0) @ vector for piece in pieces)]
        )

    def _close(self, vector: Vectors, mask: Mask, most: int) -> Slots:
        """Return about the `most` admitted slots whose signs differ least from the vector's.

        The vector keeps two bits a number: its sign, and whether it is of the larger half, which counts thrice.
        """
        large = np.abs(vector) > np.median(np.abs(vector))
        sign, heavy = _packed(vector[None] > 0)[:, 0], _packed(large[None])[:, 0]
        far = np.empty(self.size, np.uint16)
        for start in range(0, self.size, _PIECE):
            part = self.signs[:, start : min(start + _PIECE, self.size)]
            far[start : start + part.shape[1]] = _distances(part, sign, heavy)
        # A bit that differs counts at most thrice.
        farthest = 3 * 64 * len(sign)
        far[~mask] = farthest + 1
        reached = np.cumsum(np.bincount(far, minlength=farthest + 2)[: farthest + 1])
        return np.flatnonzero(far <= min(int(np.searchsorted(reached, most)), farthest))


class Matrix:
    """Vectors that grow in place, for planes to be taken of."""

    def __init__(self, dimension: int) -> None:
        self._numbers = np.zeros((0, dimension), np.float32)
        self._signs = np.zeros((-(-dimension // 64), 0), np.uint64)
        self._there = np.zeros(0, np.bool_)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._numbers.shape[1]

    def put(self, slots: Slots, vectors: Vectors, *, size: int) -> None:
        """Write vectors into slots that have none yet."""
        self._make_room(size)
        self._numbers[slots] = vectors
        self._signs[:, slots] = _packed(vectors > 0)
        # A copy: the planes that were taken do not have these.
        self._there = self._there.copy()
        self._there[slots] = True

    def lacking(self, alive: Mask) -> Slots:
        """Return the slots of a mask that have no vector."""
        self._make_room(len(alive))
        return np.flatnonzero(alive & ~self._there[: len(alive)])

    def plane(self, size: int) -> Plane:
        """Return the vectors as they are now."""
        self._make_room(size)
        return Plane(self._numbers, self._signs, self._there[:size], size)

    def _make_room(self, size: int) -> None:
        if size <= len(self._there):
            return
        room = max(size, len(self._numbers) * 5 // 4)
        numbers = np.zeros((room, self._numbers.shape[1]), np.float32)
        signs = np.zeros((len(self._signs), room), np.uint64)
        numbers[: len(self._numbers)] = self._numbers
        signs[:, : self._signs.shape[1]] = self._signs
        there = np.zeros(room, np.bool_)
        there[: len(self._there)] = self._there
        self._numbers, self._signs, self._there = numbers, signs, there


def _packed(bits: Mask) -> _Words:
    """Return rows of bits as columns of 64-bit words, the last one filled up with zeros."""
    packed = np.packbits(bits, axis=1)
    width = -(-bits.shape[1] // 64) * 8
    return np.pad(packed, ((0, 0), (0, width - packed.shape[1]))).view(np.uint64).T


def _distances(signs: _Words, sign: _Words, heavy: _Words) -> npt.NDArray[np.uint16]:
    far = np.zeros(signs.shape[1], np.uint16)
    differing, bits = np.empty(signs.shape[1], np.uint64), np.empty(signs.shape[1], np.uint8)
    # The bits of three words fit into a byte.
    for first in range(0, len(sign), 3):
        light, weighty = np.zeros((2, signs.shape[1]), np.uint8)
        for word in range(first, min(first + 3, len(sign))):
            np.bitwise_xor(signs[word], sign[word], out=differing)
            light += np.bitwise_count(differing, out=bits)
            np.bitwise_and(differing, heavy[word], out=differing)
            weighty += np.bitwise_count(differing, out=bits)
        far += light
        far += weighty
        far += weighty
    return far
