"""Search by meaning."""

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Embedder
from ragkit.store.store import Store


class DenseRetriever:
    """The chunks whose vectors lie nearest to the question's. Scores are cosine similarities."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the nearest chunks, best first."""
        vector = self._embedder.embed_query(query)
        return self._store.nearest(vector, limit=limit, where=where, viewer=viewer)
