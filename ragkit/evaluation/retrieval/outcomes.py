"""What an evaluation found: figures for all questions, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.evaluation.bootstrap import Interval
from ragkit.evaluation.retrieval.calibration import Calibration, calibration
from ragkit.evaluation.retrieval.metrics import MAIN
from ragkit.evaluation.sets.questions import LeftOut, Question

SINGLE = ("lexical", "dense")
HYBRID = "hybrid"
RETRIEVERS = (*SINGLE, HYBRID)
# Figures that are nearer to each other are the same.
TIE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Top:
    """The best document of a retriever."""

    score: float
    relevant: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one question, by retriever.

    `places` has the ranks, from 1, of the relevant documents that were found; `tops` lacks a retriever that found
    nothing. `evidence` is what an assistant would compare with its profile's `evidence`.
    """

    question: Question
    values: Mapping[str, Mapping[str, float]]
    tops: Mapping[str, Top]
    places: Mapping[str, Mapping[str, int]]
    evidence: float

    def gain(self, against: str, metric: str) -> float:
        """Return by how much hybrid is better than a single retriever; below 0 if it is worse."""
        return self.values[HYBRID][metric] - self.values[against][metric]


@dataclass(frozen=True, kw_only=True)
class Mean(Interval):
    """The mean of one metric for one retriever."""

    retriever: str
    metric: str


@dataclass(frozen=True, kw_only=True)
class Difference(Interval):
    """Hybrid less a single retriever, question by question. The last three count questions."""

    against: str
    metric: str
    won: int
    lost: int
    tied: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """The rank of a relevant document with hybrid and with the other retriever; None where it was not found."""

    uri: str
    hybrid: int | None
    other: int | None


@dataclass(frozen=True, kw_only=True)
class Loser:
    """A question for which hybrid is worse than a single retriever."""

    id: str
    question: str
    against: str
    hybrid: float
    other: float
    relevant: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a profile's `evidence` of this value would let through.

    `answered` counts questions with relevant documents, `found` those of them that have one among the first five,
    `unanswerable` the questions that should not be let through.
    """

    evidence: float
    answered: int
    found: int
    unanswerable: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """What is told of an evaluation. `missing` has the uris of relevant documents that the store does not have.

    With a `reranker` all that stands under "hybrid" is what the reranker made of it. `baseless` has the evidence for
    each unanswerable question.
    """

    name: str
    embedder: str
    documents: int
    chunks: int
    missing: Sequence[str]
    unanswerable: int
    left_out: LeftOut
    means: Sequence[Mean]
    differences: Sequence[Difference]
    thresholds: Sequence[Threshold]
    outcomes: Sequence[Outcome]
    reranker: str = ""
    baseless: Sequence[float] = ()

    def __repr__(self) -> str:
        # What pytest shows below a figure that is too low.
        values = sorted((each.values[HYBRID][MAIN], each.question.text) for each in self.outcomes)
        worst = "; ".join(f"{question} ({value:.2f})" for value, question in values if value < 1)
        return f"<{self.name}, {self.embedder}, {MAIN} below 1: {worst or 'none'}>"

    @property
    def missing_documents(self) -> int:
        """How many relevant documents the store does not have."""
        return len(self.missing)

    @property
    def calibration(self) -> Calibration:
        """How true the evidence is as a probability that there is an answer."""
        return calibration([outcome.evidence for outcome in self.outcomes], self.baseless)

    @property
    def searched(self) -> str:
        """What to call the whole search."""
        return "reranked" if self.reranker else HYBRID

    def mean(self, metric: str, retriever: str = HYBRID) -> Mean:
        """Return one mean with its interval, e.g. of "nDCG@10"; KeyError if there is none."""
        for mean in self.means:
            if (mean.metric, mean.retriever) == (metric, retriever):
                return mean
        known = ", ".join(dict.fromkeys(mean.metric for mean in self.means))
        raise KeyError(f"no mean of {metric!r} for {retriever!r}; there are {known} for {', '.join(RETRIEVERS)}")

    def losers(self, most: int) -> list[Loser]:
        """Return the questions that hybrid loses in nDCG@10 against each single retriever: `most` each, the worst."""
        return [loser for against in SINGLE for loser in self._losers(against, most)]

    def _losers(self, against: str, most: int) -> list[Loser]:
        worst = sorted(self.outcomes, key=lambda outcome: outcome.gain(against, MAIN))[:most]
        return [_loser(outcome, against) for outcome in worst if outcome.gain(against, MAIN) < -TIE]


def _loser(outcome: Outcome, against: str) -> Loser:
    ours, theirs = outcome.places.get(HYBRID, {}), outcome.places.get(against, {})
    return Loser(
        id=outcome.question.id,
        question=outcome.question.text,
        against=against,
        hybrid=outcome.values[HYBRID][MAIN],
        other=outcome.values[against][MAIN],
        relevant=tuple(
            Place(uri=uri, hybrid=ours.get(uri), other=theirs.get(uri)) for uri in sorted(outcome.question.relevant)
        ),
    )
