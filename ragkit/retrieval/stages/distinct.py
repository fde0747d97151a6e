"""A search without repeats, and with a bound for each document, whose places go to the next best."""

from dataclasses import replace

from ragkit.documents import Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.results import Results, Telling, results
from ragkit.retrieval.stages.diversity import capped, without_repeats

# Places are filled from the best so many times as many hits as are wanted.
_DEEPEST = 128


class DistinctRetriever(Telling):
    """Passes on what a retriever finds, without repeats and with at most `per_document` hits of a document, if not 0.

    It asks for more as long as this leaves places free, so it stands right over a search that costs little: below what
    asks a model. See `diversity` for what a repeat is.
    """

    def __init__(self, retriever: Retriever, *, per_document: int = 0) -> None:
        self._retriever = retriever
        self._per_document = per_document

    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the best hits that do not repeat each other, and what the retriever made of the query."""
        wanted, covered = limit, -1
        while True:
            found = results(self._retriever, query, limit=wanted, where=where, viewer=viewer)
            kept = capped(without_repeats(found.hits), self._per_document)
            before, covered = covered, sum(hit.chunk.end - hit.chunk.start for hit in found.hits)
            is_full = len(kept) >= limit or len(kept) == len(found.hits)
            if is_full or covered == before or wanted >= limit * _DEEPEST:
                return replace(found, hits=kept[:limit])
            wanted *= 2
