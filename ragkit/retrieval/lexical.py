"""Search by words."""

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter
from ragkit.store.store import Store


class LexicalRetriever:
    """The chunks that share words with the question, by BM25. Needs no model."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the chunks with the best BM25 scores, best first."""
        return self._store.matching(query, limit=limit, where=where, viewer=viewer)
