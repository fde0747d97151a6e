"""What a retriever is."""

from collections.abc import Sequence
from typing import Protocol

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter


class Retriever(Protocol):
    """Finds chunks for a question."""

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return at most `limit` hits that the viewer may read, best first. Nothing found, empty list.

        Raises:
            ModelUnavailable: the retriever needs an embedder, and it does not work.
            StoreDamaged: the index can't be read; the message names the command that rebuilds it.
        """
        ...


class Reranker(Protocol):
    """Puts hits into a better order."""

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the same hits, best first, each with the reranker's own score. No hits, empty list.

        Raises:
            ModelError: its model can't be loaded or reached, or did not answer as it must.
            PromptTooLong: the query leaves its model no room for a passage.
        """
        ...
