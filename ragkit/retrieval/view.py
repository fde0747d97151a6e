"""A store as one question sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ragkit.documents import Chunk, Viewer
from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.candidates import Candidates
from ragkit.store.store import Store


@dataclass(frozen=True)
class View:
    """What a viewer may read of a store, and a filter admits. Each chunk is read once."""

    store: Store
    where: Filter | None
    viewer: Viewer
    _texts: dict[int, Chunk] = field(default_factory=dict, init=False, repr=False, compare=False)

    def candidates(self, query: str, vector: Vectors, *, limit: int, also: Sequence[int] = ()) -> Candidates:
        """Return what `Store.candidates` does."""
        return self.store.candidates(query, vector, limit=limit, where=self.where, viewer=self.viewer, also=also)

    def with_words(self, words: Sequence[str]) -> list[int]:
        """Return what `Store.with_words` does."""
        return self.store.with_words(words, where=self.where, viewer=self.viewer)

    def near_words(self, word: str, distance: int) -> Iterator[tuple[str, int, int]]:
        """Return what `Store.near_words` does."""
        return self.store.near_words(word, distance=distance, where=self.where, viewer=self.viewer)

    def read(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return what `Store.read` does, or did earlier for this question."""
        if lacking := [row for row in rows if row not in self._texts]:
            self._texts.update(self.store.read(lacking, where=self.where, viewer=self.viewer))
        return {row: self._texts[row] for row in rows if row in self._texts}
