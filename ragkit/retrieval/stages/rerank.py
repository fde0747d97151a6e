"""A second look at what was found, by a model that reads question and passage together."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ragkit.documents import Hit, Viewer
from ragkit.errors import ModelError, PromptTooLong, PromptTruncated
from ragkit.filters import Filter
from ragkit.models.judging.relevance import Judge
from ragkit.retrieval.base import Reranker, Retriever
from ragkit.retrieval.results import Results, Telling, results

# How many passages are put before a reranker, unless more are asked for.
CANDIDATES = 20

_log = logging.getLogger(__name__)


class JudgeReranker:
    """Orders hits by a judge's scores; equal ones stay as they were.

    `load` gives the judge when there is something to order for the first time, and again later if it could not.
    """

    def __init__(self, load: Callable[[], Judge]) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._judge: Judge | None = None

    @property
    def judge(self) -> Judge:
        """The judge, loaded.

        Raises:
            ModelError: it can't be.
        """
        with self._loading:
            if self._judge is None:
                self._judge = self._load()
            return self._judge

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the same hits, best first, with the judge's scores. A passage is judged with its title and headings.

        Raises:
            ModelError: the judge could not be loaded or asked.
            PromptTooLong: the query leaves the judge no room for a passage.
        """
        if not hits:
            return []
        scores = self.judge.judge(query, [_read(hit) for hit in hits])
        judged = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
        return sorted(judged, key=lambda hit: -hit.score)


class RerankedRetriever(Telling):
    """Lets a reranker order the `candidates` best hits of a retriever. `clock` is in seconds.

    `why` gains `rerank_rank` and `rerank_score`, and what it cost: `rerank_seconds` for `rerank_passages`. If the
    reranker fails, the hits stand as they were found, with `rerank_failed` 1 in `why` and the reason in the log.
    A reranker orders and can do no more: a hit that it leaves out comes last, one that it makes up is dropped, and the
    text is always the store's.
    """

    def __init__(
        self,
        retriever: Retriever,
        reranker: Reranker,
        *,
        candidates: int = CANDIDATES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retriever = retriever
        self._reranker = reranker
        self._candidates = candidates
        self._clock = clock

    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the best hits in the reranker's order, and what the retriever searched for: it orders by that."""
        wanted = max(limit, self._candidates)
        found = results(self._retriever, query, limit=wanted, where=where, viewer=viewer)
        # One passage has no order.
        return replace(found, hits=self._reranked(found.query, found.hits)[:limit]) if len(found.hits) > 1 else found

    def _reranked(self, query: str, found: Sequence[Hit]) -> list[Hit]:
        start = self._clock()
        try:
            ordered = self._reranker.rerank(query, found)
        except (ModelError, PromptTooLong, PromptTruncated) as error:
            _log.warning("reranking failed, so the passages stand as they were found: %s", error)
            return [_told(hit, rerank_failed=1) for hit in found]
        seconds = self._clock() - start
        _log.info("reranked %d passages in %.2f s", len(found), seconds)
        kept = _kept(found, ordered)
        if len(kept) < len(found):
            _log.warning("the reranker left out %d of %d passages; they come last", len(found) - len(kept), len(found))
        cost = {"rerank_seconds": seconds, "rerank_passages": float(len(found))}
        ranked = [
            _told(replace(hit, score=score), rerank_rank=rank, rerank_score=score, **cost)
            for rank, (hit, score) in enumerate(kept.values(), start=1)
        ]
        lowest = min((hit.score for hit in ranked), default=0.0)
        rest = [hit for hit in found if hit.chunk.place not in kept]
        return ranked + [_told(replace(hit, score=lowest), **cost) for hit in rest]


def _kept(found: Sequence[Hit], ordered: Sequence[Hit]) -> dict[tuple[str, int, int], tuple[Hit, float]]:
    """Return the hits that were found, in the reranker's order, each with the reranker's score."""
    ours = {hit.chunk.place: hit for hit in found}
    kept: dict[tuple[str, int, int], tuple[Hit, float]] = {}
    for hit in ordered:
        if (key := hit.chunk.place) in ours:
            kept.setdefault(key, (ours[key], hit.score))
    return kept


def _told(hit: Hit, **told: float) -> Hit:
    return replace(hit, why={**hit.why, **told})


def _read(hit: Hit) -> str:
    place = " > ".join(dict.fromkeys(part for part in (hit.chunk.title, hit.chunk.heading) if part))
    return f"{place}\n{hit.chunk.text}" if place else hit.chunk.text
