"""The drawings of a report."""

from collections.abc import Sequence

import numpy as np

from ragkit.evaluation.bootstrap import Interval
from ragkit.evaluation.pages.svg import (
    LEFT,
    LEGEND_ROW,
    Axes,
    Point,
    bar,
    dot,
    drawing,
    legend,
    line,
    path,
    text,
    ticks,
)
from ragkit.evaluation.retrieval.calibration import Calibration
from ragkit.evaluation.retrieval.metrics import MAIN, METRICS
from ragkit.evaluation.retrieval.outcomes import HYBRID, RETRIEVERS, Outcome, Report, Top

Groups = Sequence[tuple[str, Sequence[tuple[str, Interval]]]]

_ROW = 22
# How wide a letter is at most, on average.
_LETTER = 7
_BINS = 20
_MOST_POINTS = 700
_TENTHS = [tenth / 10 for tenth in range(11)]
_FIFTHS = [fifth / 5 for fifth in range(6)]


def interval_plot(groups: Groups, *, said: str, names: Sequence[tuple[str, str]] = ()) -> str:
    """Draw groups of means with their intervals below each other; a group is a name and a mean for each kind.

    `names` has the kinds with what to call them, where there are several.
    """
    left = max(LEFT, *(_LETTER * len(name) + 12 for name, _ in groups))
    height = sum((len(means) + (len(means) > 1)) * _ROW for _, means in groups) + 60
    axes = Axes(x=(0, 1), y=(0, 1), height=height, left=left)
    shapes = axes.frame(across=_TENTHS, up=(), names=("mean and 95 % interval", ""))
    top = 24.0
    for name, means in groups:
        shapes.append(text((left - 8, top + (len(means) - 1) * _ROW / 2 + 4), name, anchor="end"))
        for kind, one in means:
            low, high, middle = (axes.at(value, 0)[0] for value in (one.low, one.high, one.mean))
            title = f"{name}{f' of {kind}' if names else ''}: {one.shown()}, n = {one.n}"
            shapes.append(line((low, top), (high, top), kind=f"interval {kind}"))
            shapes.append(dot((middle, top), kind=kind, title=title))
            top += _ROW
        top += _ROW * (len(means) > 1)
    shapes += legend(names, y=height + 4)
    return drawing(shapes, height=height + (4 + LEGEND_ROW * len(names) if names else 0), said=said)


def metric_plot(report: Report) -> str:
    """Draw the mean of every metric for each retriever."""
    groups = [(metric, [(name, report.mean(metric, name)) for name in RETRIEVERS]) for metric in METRICS]
    names = [(name, report.searched if name == HYBRID else name) for name in RETRIEVERS]
    return interval_plot(groups, said="Means of every metric with intervals", names=names)


def gain_plot(outcomes: Sequence[Outcome], against: str) -> str:
    """Draw by how much hybrid is better or worse, question by question, the best first."""
    gains = np.sort([outcome.gain(against, MAIN) for outcome in outcomes])[::-1]
    axes = Axes(x=(0, len(gains)), y=(-1, 1), height=260)
    across = ticks(0, len(gains), whole=True)
    shapes = axes.frame(across=across, up=(-1, -0.5, 0, 0.5, 1), names=("questions", f"{MAIN} gained"))
    step = max(1, len(gains) // _MOST_POINTS)
    for kind, values in (("won", np.maximum(gains, 0)), ("lost", np.minimum(gains, 0))):
        points: list[Point] = [axes.at(0, 0)]
        for begin in range(0, len(values), step):
            end = min(begin + step, len(values))
            height = float(values[begin:end].mean())
            points += [axes.at(begin, height), axes.at(end, height)]
        shapes.append(path([*points, axes.at(len(values), 0)], kind=kind))
    return drawing(shapes, height=260, said=f"Gains and losses of hybrid against {against}")


def score_plot(outcomes: Sequence[Outcome], name: str) -> str:
    """Draw how often the best document of a retriever has which score, and whether it is relevant."""
    tops = [outcome.tops[name] for outcome in outcomes if name in outcome.tops]
    scores = [top.score for top in tops] or [0.0, 1.0]
    least, greatest = min(scores), max(scores)
    edges = np.linspace(least, greatest if greatest > least else least + 1, _BINS + 1)
    right, wrong = (_counts(tops, edges, relevant=relevant) for relevant in (True, False))
    highest = max(1, *(a + b for a, b in zip(right, wrong, strict=True)))
    axes = Axes(x=(edges[0], edges[-1]), y=(0, highest), height=240)
    across, up = ticks(edges[0], edges[-1]), ticks(0, highest, whole=True)
    shapes = axes.frame(across=across, up=up, names=("score of the best document", "questions"))
    for left, until, good, bad in zip(edges, edges[1:], right, wrong, strict=False):
        told = f"{left:.4g} to {until:.4g}: {good} relevant, {bad} not"
        shapes.append(bar(axes.at(left, 0), axes.at(until, good), kind="right", title=told))
        shapes.append(bar(axes.at(left, good), axes.at(until, good + bad), kind="wrong", title=told))
    return drawing(shapes, height=240, said=f"Scores of the best documents of {name}")


def threshold_plot(report: Report) -> str:
    """Draw what share of the questions a profile's `evidence` lets through."""
    axes = Axes(x=(0, 1), y=(0, 1), height=300)
    shapes = axes.frame(across=_TENTHS, up=_FIFTHS, names=("evidence", "share of the questions"))
    steps, judged = report.thresholds, len(report.outcomes)
    curves = [
        ("answered", "answerable, let through", [one.answered for one in steps], judged),
        ("found", "with a relevant document among the first five", [one.found for one in steps], judged),
        ("refused", "unanswerable, let through", [one.unanswerable for one in steps], report.unanswerable),
    ]
    shown = [curve for curve in curves if curve[3]]
    for kind, name, counts, total in shown:
        points = [axes.at(one.evidence, count / total) for one, count in zip(steps, counts, strict=True)]
        shapes.append(path(points, kind=f"curve {kind}"))
        for place, one, count in zip(points, steps, counts, strict=True):
            shapes.append(dot(place, kind=kind, title=f"{one.evidence:.2f}: {count} of {total} {name}"))
    shapes += legend([(kind, f"{name} (n = {total})") for kind, name, _, total in shown], y=304)
    return drawing(shapes, height=304 + LEGEND_ROW * len(shown), said="Share of the questions by threshold")


def reliability_plot(found: Calibration) -> str:
    """Draw what share of the questions has an answer beside the evidence that was found for them, tenth by tenth."""
    axes = Axes(x=(0, 1), y=(0, 1), height=300)
    shapes = axes.frame(across=_TENTHS, up=_FIFTHS, names=("evidence, mean of a tenth", "share with an answer"))
    shapes.append(line(axes.at(0, 0), axes.at(1, 1), kind="grid"))
    points = [axes.at(one.mean, one.answerable / one.n) for one in found.bins]
    shapes.append(path(points, kind="curve answered"))
    for place, one in zip(points, found.bins, strict=True):
        told = f"{one.low:.1f} to {one.high:.1f}: {one.answerable} of {one.n} have an answer"
        shapes.append(dot(place, kind="answered", title=told))
    return drawing(shapes, height=300, said="Share of the questions with an answer by evidence")


def _counts(tops: Sequence[Top], edges: np.ndarray[tuple[int], np.dtype[np.float64]], *, relevant: bool) -> list[int]:
    scores = [top.score for top in tops if top.relevant is relevant]
    return [int(count) for count in np.histogram(scores, bins=edges)[0]]
