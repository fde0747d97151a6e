"""From the chunks that a retriever finds to a ranking of documents."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ragkit.documents import Hit, Viewer
from ragkit.retrieval.base import Retriever

DEPTH = 100
# One document with this many times its share of chunks before all others is not worth looking behind.
_DEEPEST = 32

Ranking = Mapping[str, float]
"""Scores by uri, best first and no two the same."""


def rank_documents(
    retriever: Retriever, query: str, *, viewer: Viewer, chunks_each: float = 1, depth: int = DEPTH
) -> Ranking:
    """Return the documents of the best chunks, each with the score of its best one, at most `depth`.

    Ever more chunks are asked for until that many documents come out, or nothing new does. `chunks_each` is how
    many a document of the store has on average.
    """
    limit = math.ceil(depth * max(1.0, chunks_each))
    deepest = limit * _DEEPEST
    before = -1
    while True:
        hits = retriever.retrieve(query, limit=limit, viewer=viewer)
        documents = _best(hits)
        # Hits that were put together from neighbours are fewer than the limit, though there may be more.
        found = sum(hit.chunk.end - hit.chunk.start for hit in hits)
        if len(documents) >= depth or found == before or limit >= deepest:
            return _distinct(documents[:depth])
        before, limit = found, limit * 2


def _best(hits: Sequence[Hit]) -> list[tuple[str, float]]:
    documents: dict[str, float] = {}
    for hit in hits:
        for chunk in (hit.chunk, *hit.repeats):
            documents.setdefault(chunk.uri, hit.score)
    return list(documents.items())


def _distinct(documents: Sequence[tuple[str, float]]) -> Ranking:
    """Make each score less than the one before, so that every tool that reads a run sees this order.

    trec_eval reads single precision and puts equal scores into the order of their ids.
    """
    ranking: dict[str, float] = {}
    least = np.float32(np.inf)
    for uri, score in documents:
        least = min(np.float32(score), np.nextafter(least, np.float32(-np.inf)))
        ranking[uri] = float(least)
    return ranking
