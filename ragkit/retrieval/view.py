"""A store as one question sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.documents import Chunk, Hit, Viewer
from ragkit.filters import Filter
from ragkit.models.embedder import Vectors
from ragkit.store.candidates import Candidates
from ragkit.store.store import Store


@dataclass(frozen=True)
class View:
    """What a viewer may read of a store, and a filter admits."""

    store: Store
    where: Filter | None
    viewer: Viewer

    def candidates(self, query: str, vector: Vectors, *, limit: int, also: Sequence[int] = ()) -> Candidates:
        """Return what `Store.candidates` does."""
        return self.store.candidates(query, vector, limit=limit, where=self.where, viewer=self.viewer, also=also)

    def matching(self, query: str, *, limit: int) -> list[Hit]:
        """Return what `Store.matching` does."""
        return self.store.matching(query, limit=limit, where=self.where, viewer=self.viewer)

    def with_words(self, words: Sequence[str]) -> list[int]:
        """Return what `Store.with_words` does."""
        return self.store.with_words(words, where=self.where, viewer=self.viewer)

    def read(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return what `Store.read` does."""
        return self.store.read(rows, where=self.where, viewer=self.viewer)
