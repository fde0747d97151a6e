"""A vector index in memory that compares with every vector: exact, so the reference for the others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ragkit.documents import stable_id
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.index.base import Finding
from ragkit.store.index.filling import fill_from
from ragkit.store.index.probe import examine


class MemoryIndex:
    """Keeps the rows in a dict. Two stores that share one instance see each other's writes at once."""

    def __init__(self) -> None:
        self.rows: dict[str, Vectors] = {}

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add or overwrite."""
        self.rows.update(zip(ids, vectors, strict=True))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove what is there."""
        for row in ids:
            self.rows.pop(row, None)

    def nearest(self, vectors: Vectors, *, limit: int) -> list[list[tuple[str, float]]]:
        """Return the best by dot product; equal scores in the order of their ids."""
        rows = list(self.rows.items())
        scored = [[(row, float(np.dot(vector, other))) for row, other in rows] for vector in vectors]
        return [sorted(each, key=lambda pair: (-pair[1], pair[0]))[:limit] for each in scored]

    def ids(self) -> set[str]:
        """Return all ids."""
        return set(self.rows)

    def reopen(self) -> None:
        """Do nothing: memory is never stale."""


class MemoryIndexes:
    """Keeps indexes by name, for stores in tests."""

    def __init__(self) -> None:
        self.named: dict[str, MemoryIndex] = {}

    def open(self, name: str) -> MemoryIndex:
        """Return the index of that name; the same one every time."""
        return self.named.setdefault(name, MemoryIndex())

    def drop(self, name: str) -> None:
        """Forget an index."""
        self.named.pop(name, None)

    def seal(self, name: str) -> str:
        """Return a hash of the ids."""
        return stable_id(*sorted(self.named[name].rows)) if name in self.named else ""

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:  # noqa: ARG002  # of the Protocol
        """Compare the ids."""
        return bool(seal) and self.seal(name) == seal

    def is_flushed_since(self, name: str, seal: str) -> bool:  # noqa: ARG002  # of the Protocol
        """Nothing is flushed."""
        return False

    def build_apart(self, name: str, folder: Path) -> int:
        """Fill an index in this process, which keeps none of its memory."""
        return fill_from(folder, self.open(name))

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare in this process."""
        return examine(self.open(name), folder, most=most)
