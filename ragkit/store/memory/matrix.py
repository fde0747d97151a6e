"""Vectors by slot in memory: their signs for a first look, the numbers themselves for the answer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.memory.scoring import Mask, Slots

_Words = npt.NDArray[np.uint64]

# Up to here every admitted vector is compared: exact, in half a millisecond.
EXACT_LIMIT = 4_000
# At least so many of the nearest by signs are compared exactly. Of 16,000 sentences about medicine in MiniLM's vectors
# they were the ten nearest to each of 200 questions, and 99.2 of the hundred nearest.
_LOOKED_AT = 800
_GROUPS, _FARTHEST = 8, 0xFFFF
# Of a short vector the signs say too little.
_FEWEST_SIGNS = 256
# Vectors, and words of signs, that stay in the processor's cache. Of a thousand vectors that lie in main memory, the
# products take two thirds of the time that they take with all of them copied first.
_GATHERED, _PIECE = 128, 32_768


@dataclass(frozen=True, eq=False)
class Plane:
    """The vectors of one state of the catalog. What is added later lies where `there` is false, or in other arrays."""

    numbers: Vectors
    signs: _Words
    there: Mask
    size: int

    def nearest(self, vector: Vectors, limit: int, mask: Mask) -> tuple[Slots, Vectors]:
        """Return the admitted slots with a vector that lie nearest, best first, and the cosine similarity of each."""
        mask = mask & self.there
        if np.count_nonzero(mask) > max(EXACT_LIMIT, limit) and self.numbers.shape[1] >= _FEWEST_SIGNS:
            slots = self._close(vector, mask, max(_LOOKED_AT, 4 * limit))
        else:
            slots = np.flatnonzero(mask)
        scores = self._products(vector, slots)
        if len(scores) > limit:
            kept = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
            slots, scores = slots[kept], scores[kept]
        best = np.argsort(-scores, kind="stable")[:limit]
        return slots[best], scores[best]

    def compared(self, vector: Vectors, slots: Slots) -> Vectors:
        """Return the cosine similarity of each slot, NaN where there is no vector."""
        there = self.there[slots]
        if there.all():
            return self._products(vector, slots)
        found = np.full(len(slots), np.nan, np.float32)
        found[there] = self._products(vector, slots[there])
        return found

    def _products(self, vector: Vectors, slots: Slots) -> Vectors:
        if not len(slots):
            # Before the first vector comes, nobody knows how many numbers one has.
            return np.zeros(0, np.float32)
        pieces = [slots[start : start + _GATHERED] for start in range(0, len(slots), _GATHERED)]
        return np.concatenate([self.numbers.take(piece, axis=0) @ vector for piece in pieces])

    def _close(self, vector: Vectors, mask: Mask, most: int) -> Slots:
        """Return the `most` admitted slots whose signs differ least from the vector's, and about a tenth more.

        Of the vector only the larger half of its numbers counts.
        """
        large = np.abs(vector)
        large = large > np.partition(large, len(large) // 2)[len(large) // 2]
        sign, heavy = _packed(np.stack((vector > 0, large))).T
        group = max(1, self.size // (_GROUPS * most))
        far = np.full(-(-self.size // group) * group, _FARTHEST, np.uint16)
        _count_differing(self.signs[:, : self.size], sign, heavy, out=far)
        np.copyto(far[: self.size], _FARTHEST, where=~mask)
        # The most-th least of the groups' least is never below the most-th least of all.
        least = far.reshape(group, -1).min(axis=0)
        reach = np.partition(least, most - 1)[most - 1] if len(least) > most else _FARTHEST
        return np.flatnonzero(far <= min(int(reach), _FARTHEST - 1))


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
    whole = np.zeros((len(packed), -(-bits.shape[1] // 64) * 8), np.uint8)
    whole[:, : packed.shape[1]] = packed
    return whole.view(np.uint64).T


def _count_differing(signs: _Words, sign: _Words, heavy: _Words, *, out: npt.NDArray[np.uint16]) -> None:
    """Write how many of the heavy bits of each column of words differ."""
    buffers = np.empty(_PIECE, np.uint64), np.empty(_PIECE, np.uint8), np.empty(_PIECE, np.uint8)
    for start in range(0, signs.shape[1], _PIECE):
        part = signs[:, start : start + _PIECE]
        differing, bits, three = (buffer[: part.shape[1]] for buffer in buffers)
        far = out[start : start + part.shape[1]]
        far[:] = 0
        # The bits of three words fit into a byte.
        for first in range(0, len(sign), 3):
            three[:] = 0
            for word in range(first, min(first + 3, len(sign))):
                np.bitwise_xor(part[word], sign[word], out=differing)
                np.bitwise_and(differing, heavy[word], out=differing)
                three += np.bitwise_count(differing, out=bits)
            far += three
