"""More than one search for a question: in other wordings, or for a passage as the answer might read."""

import re
import time
from dataclasses import replace
from typing import Literal

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.results import Results, Telling, results

Way = Literal["queries", "hyde"]

_QUERIES = """\
Write three other wordings of the question, as somebody might put it who uses the words of an official document.
Write each on its own line, without numbers. Do not answer the question."""
_HYDE = """\
Write a passage of two or three sentences, as a document might have it, that answers the question.
Write the passage only."""
_MOST_QUERIES, _LONGEST = 3, 1_500
_NUMBERED = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*")


class ExpandedRetriever(Telling):
    """Searches for the question, and for what a chat model writes to it; a passage has the best of its scores.

    `way` says what that is: `queries` for up to three other wordings, `hyde` for a passage that might answer. The
    model's words are searched for, never shown as an answer: nothing that only they find has a `dense_score`, since
    nearness to an invented passage is no evidence, and what they hold word for word counts nothing. If the model fails,
    the question alone is searched for. `trace` has the seconds that it took in `expand`, and the searches in
    `searches`.
    """

    def __init__(self, retriever: Retriever, drafting: Drafting, *, way: Way) -> None:
        self._retriever = retriever
        self._drafting = drafting
        self._way = way

    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the best hits of all searches, and what was made of the question itself."""
        found = results(self._retriever, query, limit=limit, where=where, viewer=viewer)
        start = time.monotonic()
        more = self._written(found.query)
        cost = {"expand": time.monotonic() - start, "searches": 1.0 + len(more)}
        best = {hit.chunk.place: hit for hit in found.hits}
        for text in more:
            for hit in self._retriever.retrieve(text, limit=limit, where=where, viewer=viewer):
                invented = _invented(hit)
                own = best.get(hit.chunk.place, invented)
                best[hit.chunk.place] = replace(own, score=max(own.score, invented.score))
        hits = sorted(best.values(), key=lambda hit: -hit.score)[:limit]
        return replace(found, hits=hits, trace={**found.trace, **cost})

    def _written(self, query: str) -> list[str]:
        if self._way == "hyde":
            passage = self._drafting.draft(_HYDE, query, most=_LONGEST)
            return [passage] if passage else []
        lines = self._drafting.draft(_QUERIES, query, most=_LONGEST).splitlines()
        wordings = dict.fromkeys(_NUMBERED.sub("", line).strip() for line in lines)
        return [wording for wording in wordings if wording and wording != query][:_MOST_QUERIES]


def _invented(hit: Hit) -> Hit:
    """Return a hit as far as it counts that a model's words have found it."""
    score = hit.score - hit.why.get("exact", 0.0)
    return replace(hit, score=score, why={"expanded_score": score})
