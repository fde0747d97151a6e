"""Search by meaning and by words, fused, with neighbouring chunks put together again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from ragkit.documents import Chunk, Hit, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever

# Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009: k = 60.
RRF_K = 60

Span = Callable[[str, int, int], str]


class HybridRetriever:
    """Asks several retrievers and fuses their rankings by reciprocal rank.

    `span` reads a stretch of a document and lets hits that stand side by side become one; without it they stay
    apart. `why` says for each retriever the rank and the score that went in, e.g. `dense_rank`, `dense_score`.
    """

    def __init__(self, retrievers: Mapping[str, Retriever], *, candidates: int = 50, span: Span | None = None) -> None:
        self._retrievers = retrievers
        self._candidates = candidates
        self._span = span

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the best fused hits; a merged hit has the rank of its best part."""
        wanted = max(limit, self._candidates)
        rankings = {
            name: retriever.retrieve(query, limit=wanted, where=where, viewer=viewer)
            for name, retriever in self._retrievers.items()
        }
        fused = fuse(rankings)[:limit]
        return merge_neighbours(fused, self._span) if self._span else fused


def fuse(rankings: Mapping[str, Sequence[Hit]], *, k: int = RRF_K) -> list[Hit]:
    """Return all hits of the rankings, best first: a hit scores the sum of 1 / (k + rank) over its rankings.

    Ranks count from 1. Equal scores keep the order in which the rankings name them.
    """
    scores: dict[tuple[str, int], float] = {}
    why: dict[tuple[str, int], dict[str, float]] = {}
    chunks: dict[tuple[str, int], Chunk] = {}
    for name, ranking in rankings.items():
        for rank, hit in enumerate(ranking, start=1):
            key = (hit.chunk.document_id, hit.chunk.ordinal)
            chunks.setdefault(key, hit.chunk)
            scores[key] = scores.get(key, 0.0) + 1 / (k + rank)
            why.setdefault(key, {}).update({f"{name}_rank": rank, f"{name}_score": hit.score})
    best = sorted(scores, key=lambda key: -scores[key])
    return [Hit(chunk=chunks[key], score=scores[key], why=why[key]) for key in best]


def merge_neighbours(hits: Sequence[Hit], span: Span) -> list[Hit]:
    """Put hits whose chunks follow each other below one heading into one hit, at the place of the best of them."""
    merged: list[tuple[int, Hit]] = []
    for _, same_section in groupby(sorted(enumerate(hits), key=_place), key=_section):
        run: list[tuple[int, Hit]] = []
        for ranked in same_section:
            if run and ranked[1].chunk.ordinal != run[-1][1].chunk.ordinal + 1:
                merged.append(_joined(run, span))
                run = []
            run.append(ranked)
        merged.append(_joined(run, span))
    return [hit for _, hit in sorted(merged, key=lambda ranked: ranked[0])]


def _place(ranked: tuple[int, Hit]) -> tuple[str, int]:
    return ranked[1].chunk.document_id, ranked[1].chunk.ordinal


def _section(ranked: tuple[int, Hit]) -> tuple[str, str, int | None]:
    chunk = ranked[1].chunk
    return chunk.document_id, chunk.heading, chunk.page


def _joined(run: Sequence[tuple[int, Hit]], span: Span) -> tuple[int, Hit]:
    rank, best = min(run, key=lambda ranked: ranked[0])
    if len(run) == 1:
        return rank, best
    first, last = run[0][1].chunk, run[-1][1].chunk
    text = span(first.document_id, first.start, last.end)
    return rank, replace(best, chunk=replace(first, text=text, end=last.end))
