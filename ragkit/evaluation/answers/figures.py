"""From what became of each case to figures for all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ragkit.evaluation.answers.metrics import METRICS
from ragkit.evaluation.answers.outcomes import AnswerDifference, AnswerMean, AnswerOutcome, Latency, Refused, Tokens
from ragkit.evaluation.bootstrap import intervals
from ragkit.evaluation.sets.cases import Case

TOTAL = "total"


def means(outcomes: Sequence[AnswerOutcome]) -> list[AnswerMean]:
    """Return every measure that applies to a case at least."""
    found = []
    for metric in METRICS:
        values = [value for outcome in outcomes if (value := outcome.values[metric]) is not None]
        if values:
            (interval,) = intervals(np.array(values)[:, None])
            found.append(AnswerMean(metric=metric, **asdict(interval)))
    return found


def refusals(outcomes: Sequence[AnswerOutcome]) -> list[Refused]:
    """Count what was expected and what came, the most frequent first."""
    pairs = Counter(
        (expected(one.case), one.answer.refusal or "answer" if one.answer else "error")
        for one in outcomes
        if one.case.to_refuse is not None
    )
    return [Refused(expected=pair[0], got=pair[1], n=n) for pair, n in sorted(pairs.items())]


def expected(case: Case) -> str:
    """Return what a case expects, in a word or two."""
    return case.refusal or "any refusal" if case.to_refuse else "answer"


def latency(outcomes: Sequence[AnswerOutcome]) -> list[Latency]:
    """Return the seconds of each stage, and last of the whole."""
    stages: dict[str, list[float]] = {}
    for outcome in outcomes:
        for stage, seconds in (outcome.answer.trace if outcome.answer else {}).items():
            stages.setdefault(stage, []).append(seconds)
    # How many searches there were is told beside the seconds.
    stages.pop("searches", None)
    stages[TOTAL] = [outcome.seconds for outcome in outcomes if outcome.answer]
    return [_latency(stage, seconds) for stage, seconds in stages.items() if seconds]


def _latency(stage: str, seconds: Sequence[float]) -> Latency:
    p50, p95 = np.percentile(seconds, (50, 95))
    return Latency(stage=stage, n=len(seconds), p50=float(p50), p95=float(p95))


def tokens(outcomes: Sequence[AnswerOutcome]) -> Tokens:
    """Add up what the model read and wrote."""
    used = [one.answer.usage for one in outcomes if one.answer and one.answer.usage.prompt_tokens]
    return Tokens(
        n=len(used),
        prompt_tokens=sum(usage.prompt_tokens for usage in used),
        answer_tokens=sum(usage.answer_tokens for usage in used),
    )


def differences(ours: Sequence[AnswerOutcome], theirs: Sequence[AnswerOutcome]) -> list[AnswerDifference]:
    """Return how much better the first are, case by case, for each measure that applies to both of a case."""
    found = []
    for metric in METRICS:
        both = [(one.values[metric], other.values[metric]) for one, other in zip(ours, theirs, strict=True)]
        gains = np.array([a - b for a, b in both if a is not None and b is not None])
        if len(gains):
            (interval,) = intervals(gains[:, None])
            won, lost = int((gains > 0).sum()), int((gains < 0).sum())
            tied = len(gains) - won - lost
            found.append(AnswerDifference(metric=metric, won=won, lost=lost, tied=tied, **asdict(interval)))
    return found
