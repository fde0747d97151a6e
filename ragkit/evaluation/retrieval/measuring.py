"""Ask every question of every retriever, and work out how good they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from ragkit.documents import Viewer
from ragkit.evaluation.retrieval.figures import differences, means, thresholds
from ragkit.evaluation.retrieval.metrics import measured
from ragkit.evaluation.retrieval.outcomes import HYBRID, RETRIEVERS, SINGLE, Outcome, Report, Top
from ragkit.evaluation.retrieval.ranking import DEPTH, Ranking, rank_documents
from ragkit.evaluation.sets.questions import Question, QuestionSet
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.retrieval.questions.condense import Subject, condense
from ragkit.retrieval.refusing.evidence import evidence
from ragkit.workspace import Workspace

# Rankings are kept for so many questions at a time.
_BATCH = 64

Rankings = Mapping[str, Ranking]
OnRankings = Callable[[str, Rankings], None]


def evaluate(
    workspace: Workspace,
    asked: QuestionSet,
    *,
    on_rankings: OnRankings = lambda _question, _rankings: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Return how well a workspace finds the documents of the questions, as the store's owner sees it.

    `on_rankings` gets each question's id with the ranked documents of each retriever.

    Raises:
        StoreError: nothing was ingested yet.
        ModelUnavailable: the embedder does not work.
    """
    search = _Search(workspace)
    total = len(asked.questions) + len(asked.unanswerable)
    outcomes: list[Outcome] = []
    for batch in _batches(map(search.condensed, asked.questions)):
        outcomes += _outcomes(search, batch, on_rankings)
        on_progress(len(outcomes), total)
    unanswerable = []
    for question in asked.unanswerable:
        unanswerable.append(search.evidence(search.condensed(question)))
        on_progress(len(outcomes) + len(unanswerable), total)
    relevant = {uri for question in asked.questions for uri in question.relevant}
    return Report(
        name=asked.name,
        embedder=workspace.embedder.fingerprint.model,
        documents=len(search.uris),
        chunks=search.chunks,
        missing=sorted(relevant - search.uris),
        unanswerable=len(unanswerable),
        left_out=asked.left_out,
        means=means(outcomes),
        differences=[one for against in SINGLE for one in differences(outcomes, against)],
        thresholds=thresholds(outcomes, unanswerable),
        outcomes=outcomes,
        reranker=workspace.config.models.reranker,
        baseless=unanswerable,
    )


@dataclass(kw_only=True)
class _Searched:
    """What was found for a question."""

    rankings: Rankings
    evidence: float


@dataclass
class _Search:
    """The retrievers of a workspace."""

    workspace: Workspace
    uris: set[str] = field(init=False)
    chunks: int = field(init=False)

    def __post_init__(self) -> None:
        """Look at what there is to be found."""
        store = self.workspace.store
        summaries = store.documents(viewer=store.owner)
        self.uris = {summary.uri for summary in summaries}
        self.chunks = sum(summary.chunks for summary in summaries)
        self._each = self.chunks / max(1, len(summaries))
        self._retrievers: dict[str, Retriever] = {
            "lexical": LexicalRetriever(store),
            "dense": DenseRetriever(store, self.workspace.embedder),
            HYBRID: self.workspace.retriever(),
        }

    @property
    def _viewer(self) -> Viewer:
        return self.workspace.store.owner

    def __call__(self, question: Question) -> _Searched:
        """Ask every retriever."""
        rankings = {name: self._ranked(name, question) for name in RETRIEVERS}
        return _Searched(rankings=rankings, evidence=self.evidence(question))

    def evidence(self, question: Question) -> float:
        """Return what an assistant of this workspace would go by."""
        limit = self.workspace.config.retrieval.limit
        hits = self._retrievers[HYBRID].retrieve(question.text, limit=limit, viewer=self._viewer)
        return evidence(question.text, hits)

    def condensed(self, question: Question) -> Question:
        """Return the question as an assistant of this workspace would search for it."""
        subject = Subject(words=self._retrievers["lexical"], viewer=self._viewer)
        return replace(question, text=condense(question.text, question.turns, subject=subject), turns=())

    def _ranked(self, name: str, question: Question) -> Ranking:
        ranking = rank_documents(
            self._retrievers[name], question.text, viewer=self._viewer, chunks_each=self._each, depth=DEPTH + 1
        )
        # In some of BEIR's sets the questions are documents themselves; its figures leave out such a hit.
        others = ((uri, score) for uri, score in ranking.items() if uri != question.id or uri in question.relevant)
        return dict(islice(others, DEPTH))


def _batches(questions: Iterable[Question]) -> Iterator[list[Question]]:
    waiting = iter(questions)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _outcomes(search: _Search, batch: Sequence[Question], on_rankings: OnRankings) -> list[Outcome]:
    found = {}
    for question in batch:
        found[question.id] = search(question)
        on_rankings(question.id, found[question.id].rankings)
    judged = {question.id: question.relevant for question in batch}
    values = {
        name: measured(judged, {identity: one.rankings[name] for identity, one in found.items()}) for name in RETRIEVERS
    }
    return [
        Outcome(
            question=question,
            values={name: values[name][question.id] for name in RETRIEVERS},
            tops=_tops(question, found[question.id].rankings),
            places=_places(question, found[question.id].rankings),
            evidence=found[question.id].evidence,
        )
        for question in batch
    ]


def _tops(question: Question, rankings: Rankings) -> dict[str, Top]:
    best = {name: next(iter(ranking.items()), None) for name, ranking in rankings.items()}
    return {name: Top(score=top[1], relevant=top[0] in question.relevant) for name, top in best.items() if top}


def _places(question: Question, rankings: Rankings) -> dict[str, dict[str, int]]:
    return {
        name: {uri: rank for rank, uri in enumerate(ranking, start=1) if uri in question.relevant}
        for name, ranking in rankings.items()
    }
