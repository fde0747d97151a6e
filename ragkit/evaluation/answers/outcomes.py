"""What an evaluation of answers found: figures for all cases, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ragkit.answer import Answer
from ragkit.evaluation.answers.judging import Agreement, Verdict
from ragkit.evaluation.answers.metrics import METRICS, RIGHT, Values
from ragkit.evaluation.bootstrap import Interval
from ragkit.evaluation.sets.cases import Case


@dataclass(frozen=True, kw_only=True)
class AnswerOutcome:
    """What became of one case: `answer` is None where there was an `error` instead. `seconds` are by the clock.

    `faults` say in words what was expected and what came; none if the answer is right, or nothing is known of it.
    """

    case: Case
    answer: Answer | None
    values: Values
    seconds: float
    error: str = ""
    faults: tuple[str, ...] = ()
    judged: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerMean(Interval):
    """The mean of one measure over the cases that it applies to."""

    metric: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """How many cases expect this and got that: a kind of refusal, `answer`, or `any refusal`."""

    expected: str
    got: str
    n: int


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds that a stage of the road of a question took, over the `n` questions that came through it."""

    stage: str
    n: int
    p50: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Tokens over the `n` questions that a model was asked, in all."""

    n: int
    prompt_tokens: int
    answer_tokens: int


@dataclass(frozen=True, kw_only=True)
class AnswerDifference(Interval):
    """A measure less that of the other model, case by case. The last three count cases."""

    metric: str
    won: int
    lost: int
    tied: int


@dataclass(frozen=True, kw_only=True, repr=False)
class AnswersReport:
    """What is told of it. `missing_documents` are documents of the cases that the store does not have.

    `unjudged` counts cases of which nothing is known that an answer can be held to, `without_text` those that ask
    nothing. `baseline` is the report of the model that `differences` are against.
    """

    name: str
    assistant: str
    model: str
    outcomes: Sequence[AnswerOutcome]
    means: Sequence[AnswerMean]
    refusals: Sequence[Refused]
    latency: Sequence[Latency]
    tokens: Tokens
    missing_documents: int = 0
    without_text: int = 0
    agreement: Agreement | None = None
    baseline: "AnswersReport | None" = None
    differences: Sequence[AnswerDifference] = field(default=())

    def __repr__(self) -> str:
        # What pytest shows below a figure that is too low.
        wrong = "; ".join(outcome.case.question for outcome in self.wrong)
        return f"<{self.name}, {self.model}, not right: {wrong or 'none'}>"

    @property
    def failed(self) -> int:
        """How many questions ended in an error."""
        return sum(bool(outcome.error) for outcome in self.outcomes)

    @property
    def unjudged(self) -> int:
        """How many cases have nothing that an answer can be held to."""
        return sum(not outcome.case.is_judged for outcome in self.outcomes)

    @property
    def wrong(self) -> list[AnswerOutcome]:
        """The cases that are not right, in the order of the file."""
        return [outcome for outcome in self.outcomes if outcome.values[RIGHT] == 0]

    def mean(self, metric: str = RIGHT) -> AnswerMean:
        """Return one mean with its interval; KeyError if there is no such measure, or it applies to no case."""
        for mean in self.means:
            if mean.metric == metric:
                return mean
        known = ", ".join(mean.metric for mean in self.means)
        raise KeyError(f"no mean of {metric!r}; there are {known}")

    def below(self, floors: Mapping[str, float]) -> dict[str, AnswerMean | None]:
        """Return the measures whose mean is less than asked for; None where no case tells it, which is not enough."""
        means = {mean.metric: mean for mean in self.means}
        found = {metric: means.get(metric) for metric in METRICS if metric in floors}
        return {metric: mean for metric, mean in found.items() if mean is None or mean.mean < floors[metric]}
