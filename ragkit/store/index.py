"""What the store asks of a vector index. The index is derived: it may be thrown away and built again."""

from collections.abc import Sequence
from typing import Protocol

from ragkit.models.embedder import Vectors


class VectorIndex(Protocol):
    """Ids and unit vectors, nothing else: text, metadata and permissions stay in the catalog."""

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add or overwrite; `vectors` has one row an id. No ids, nothing happens."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove; an id that is not there is no error."""
        ...

    def nearest(self, vector: Vectors, *, limit: int) -> list[tuple[str, float]]:
        """Return ids with their cosine similarity, best first. Empty index, empty list.

        Raises:
            StoreDamaged: the index can't be read.
        """
        ...

    def ids(self) -> set[str]:
        """Return every id that the index holds."""
        ...

    def reopen(self) -> None:
        """Look again at what is stored: another process has written since."""
        ...


class Indexes(Protocol):
    """Where the indexes of one store live, side by side, so that a new one can be built while the old one serves."""

    def open(self, name: str) -> VectorIndex:
        """Return the index of that name, empty if there is none yet."""
        ...

    def drop(self, name: str) -> None:
        """Remove an index and all its files; one that is not there is no error."""
        ...
