"""What every question finds with each choice of the settings that can be tuned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product

import numpy as np

from ragkit.evaluation.retrieval.metrics import measured
from ragkit.evaluation.sets.questions import Question, QuestionSet
from ragkit.evaluation.tuning.recut import recut
from ragkit.evaluation.tuning.tuning import Settings, Trial
from ragkit.models.embedding.embedder import Embedder, Vectors
from ragkit.retrieval.hybrid import HybridRetriever, merge_neighbours
from ragkit.retrieval.refusing.evidence import evidence
from ragkit.retrieval.results import Results
from ragkit.retrieval.stages.distinct import DistinctRetriever
from ragkit.store.index.base import Indexes
from ragkit.store.store import Store
from ragkit.workspace import Workspace

# Below three an answer that takes two passages of one document can't be written, which no figure here would show.
LIMITS = (3, 4, 5, 6, 8, 10, 12, 16, 20)
MEANINGS = tuple(step / 10 for step in range(11))
# Both figures of a ranking look at so many documents.
_RANKED = 10
_DEEPEST = 32

OnStep = Callable[[str, int, int], None]


@dataclass(kw_only=True)
class Trials:
    """Tries settings on a store, as its owner sees it: up to the fused passages without repeats, and no further.

    `on_step` gets what is being done, how much of it is, and of how much.
    """

    workspace: Workspace
    asked: QuestionSet
    indexes: Indexes | None = None
    on_step: OnStep = field(default=lambda _what, _done, _total: None)

    def run(self, current: Settings, *, sizes: Sequence[int] = ()) -> list[Trial]:
        """Return a trial for each weight with the store as it is, and with its documents cut to each of the sizes.

        The weight and the limit in use are among those tried.

        Raises:
            StoreError: nothing was ingested yet.
            ModelUnavailable: the embedder does not work.
        """
        embedder = _Remembering(self.workspace.embedder)
        found = self._tried(self.workspace.store, embedder, current, current.chunk_tokens)
        for size in sizes:
            on_step = partial(self.on_step, f"Cutting to {size} tokens")
            with recut(self.workspace, size, indexes=self.indexes, on_step=on_step) as other:
                found += self._tried(other, embedder, current, size)
        return found

    def _tried(self, store: Store, embedder: Embedder, current: Settings, size: int) -> list[Trial]:
        what = f"Asking chunks of {size} tokens" if size else "Asking"
        meanings = sorted({*MEANINGS, current.meaning})
        everyone = [*self.asked.questions, *self.asked.unanswerable]
        found: list[_Found] = []
        for meaning, question in product(meanings, everyone):
            asking = _Asking(store, embedder, meaning, self.workspace.config.retrieval.candidates, current.limit)
            found.append(asking(question))
            self.on_step(what, len(found), len(meanings) * len(everyone))
        each = len(everyone)
        return [
            self._trial(size, meaning, found[place * each : (place + 1) * each], sorted({*LIMITS, current.limit}))
            for place, meaning in enumerate(meanings)
        ]

    def _trial(self, size: int, meaning: float, found: Sequence["_Found"], limits: Sequence[int]) -> Trial:
        questions = self.asked.questions
        answerable, unanswerable = found[: len(questions)], found[len(questions) :]
        judged = {question.id: question.relevant for question in questions}
        rankings = {question.id: one.ranking for question, one in zip(questions, answerable, strict=True)}
        values = list(measured(judged, rankings).values())
        pairs = list(zip(questions, answerable, strict=True))
        return Trial(
            chunk_tokens=size,
            meaning=meaning,
            ndcg=np.array([value["nDCG@10"] for value in values]),
            mrr=np.array([value["MRR@10"] for value in values]),
            recall={limit: np.array([one.recall(question, limit) for question, one in pairs]) for limit in limits},
            evidence=np.array([one.evidence for one in answerable]),
            unanswerable=np.array([one.evidence for one in unanswerable]),
        )


@dataclass(frozen=True)
class _Found:
    """The documents of the best passages, best first, one a passage, and what an assistant would go by."""

    uris: Sequence[str]
    evidence: float

    @property
    def ranking(self) -> dict[str, float]:
        return {uri: -float(rank) for rank, uri in enumerate(dict.fromkeys(self.uris))}

    def recall(self, question: Question, limit: int) -> float:
        return len(question.relevant.keys() & set(self.uris[:limit])) / len(question.relevant)


@dataclass(frozen=True)
class _Asking:
    """A search with one weight."""

    store: Store
    embedder: Embedder
    meaning: float
    candidates: int
    limit: int

    def __call__(self, question: Question) -> _Found:
        found = self._ranked(question)
        shown = merge_neighbours(found.hits[: self.limit], self.store.span)
        # In some of BEIR's sets the questions are documents themselves; its figures leave out such a hit.
        uris = [hit.chunk.uri for hit in found.hits if hit.chunk.uri != question.id or question.id in question.relevant]
        return _Found(uris, evidence(found.query, shown))

    def _ranked(self, question: Question) -> Results:
        """Return ever more passages, until they are of enough documents or there are no more."""
        retriever = DistinctRetriever(
            HybridRetriever(self.store, self.embedder, candidates=self.candidates, meaning=self.meaning, merge=False)
        )
        first = limit = max(LIMITS[-1], self.limit, self.candidates)
        while True:
            found = retriever.results(question.text, limit=limit, viewer=self.store.owner)
            documents = {hit.chunk.uri for hit in found.hits}
            if len(documents) > _RANKED or len(found.hits) < limit or limit >= first * _DEEPEST:
                return found
            limit *= 2


class _Remembering:
    """Embeds each question once, though it is asked with every weight."""

    def __init__(self, embedder: Embedder) -> None:
        self.fingerprint, self.window = embedder.fingerprint, embedder.window
        self.count_tokens, self.embed_documents = embedder.count_tokens, embedder.embed_documents
        self._embedder = embedder
        self._queries: dict[str, Vectors] = {}

    def embed_query(self, text: str) -> Vectors:
        if text not in self._queries:
            self._queries[text] = self._embedder.embed_query(text)
        return self._queries[text]
