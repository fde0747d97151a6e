"""From what became of each question to figures for all of them."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ragkit.evaluation.bootstrap import intervals
from ragkit.evaluation.retrieval.metrics import METRICS
from ragkit.evaluation.retrieval.outcomes import HYBRID, RETRIEVERS, TIE, Difference, Mean, Outcome, Threshold


def means(outcomes: Sequence[Outcome]) -> list[Mean]:
    """Return every metric for every retriever."""
    found: list[Mean] = []
    for name in RETRIEVERS:
        values = np.array([[outcome.values[name][metric] for metric in METRICS] for outcome in outcomes])
        each = zip(METRICS, intervals(values), strict=True)
        found += [Mean(retriever=name, metric=metric, **asdict(interval)) for metric, interval in each]
    return found


def differences(outcomes: Sequence[Outcome], against: str) -> list[Difference]:
    """Return how much better hybrid is than a single retriever, question by question, for every metric."""
    gains = np.array([[outcome.gain(against, metric) for metric in METRICS] for outcome in outcomes])
    return [
        Difference(
            against=against,
            metric=metric,
            won=int((gains[:, column] > TIE).sum()),
            lost=int((gains[:, column] < -TIE).sum()),
            tied=int((np.abs(gains[:, column]) <= TIE).sum()),
            **asdict(interval),
        )
        for column, (metric, interval) in enumerate(zip(METRICS, intervals(gains), strict=True))
    ]


def thresholds(outcomes: Sequence[Outcome], unanswerable: Sequence[float]) -> list[Threshold]:
    """Count what passes each of 0.00, 0.05 ... 1.00."""
    steps = [step / 20 for step in range(21)]
    return [
        Threshold(
            evidence=step,
            answered=sum(outcome.evidence >= step for outcome in outcomes),
            found=sum(outcome.evidence >= step and outcome.values[HYBRID]["R@5"] > 0 for outcome in outcomes),
            unanswerable=sum(value >= step for value in unanswerable),
        )
        for step in steps
    ]
