"""Which settings to choose: by the folds that a question is not in, and changed only where the gain is sure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ConfigError
from ragkit.evaluation.bootstrap import Interval, intervals
from ragkit.evaluation.tuning.tuning import (
    Choice,
    Column,
    Compared,
    LimitRecall,
    Number,
    Ranked,
    Settings,
    Trial,
    Tuning,
    compared,
    counted,
    folded,
)

# With fewer, the interval of what a weight can gain nearly always holds 0.
FEWEST, FEWEST_UNANSWERABLE = 20, 10
# So much recall is given for fewer passages, unless it may be more than the second.
_SPARED, _WORST = 0.01, 0.02
_STEPS = tuple(step / 100 for step in range(101))
# Means that differ behind this digit are the same.
_DIGITS = 9
# One question to choose on, one to measure on.
_TWO = 2

_Folds = NDArray[np.intp]


def tune(trials: Sequence[Trial], today: Settings, *, folds: int = 5, most_refused: float = 0.05) -> Tuning:
    """Return what to set. Of the trials one must be of today's weight and size of chunks.

    `most_refused` is the share of the answerable questions that a threshold of the evidence may turn away.

    Raises:
        ConfigError: there are fewer than two questions with documents.
    """
    now = next(t for t in trials if (t.chunk_tokens, t.meaning) == (today.chunk_tokens, today.meaning))
    count, others = len(now.ndcg), len(now.unanswerable)
    if count < _TWO:
        message = f"{count} question with documents can't be tuned on. Write {FEWEST} cases at least."
        raise ConfigError(message, setting="cases", value=count)
    fold, fold_of_others = folded(count, folds), folded(others, min(folds, count))
    choices, ranked = _rankings(trials, now, today.limit, fold)
    limit, limits = _limit(ranked, today.limit, fold)
    evidence = _evidence(ranked, today.evidence, (fold, fold_of_others), most_refused)
    choices = [*choices, limit, evidence]
    if count < FEWEST:
        reason = f"{count} questions with documents are too few, {FEWEST} are needed"
        choices = [replace(one, advised=one.current, reason=reason) for one in choices]
    return Tuning(questions=count, unanswerable=others, folds=int(fold.max()) + 1, choices=choices, limits=limits)


def _rankings(trials: Sequence[Trial], now: Trial, limit: int, fold: _Folds) -> tuple[list[Choice], Ranked]:
    """Choose the weight for the chunks there are, and then, if there are others, both together against it."""
    before = _ranked([now], now, fold)
    same = [one for one in trials if one.chunk_tokens == now.chunk_tokens]
    weights = _ranked(same, now, fold)
    meaning = _ranking("retrieval.meaning", lambda one: one.meaning, (before, weights), limit, fold)
    ranked = weights if meaning.advised != meaning.current else before
    if len(same) == len(trials):
        return [meaning], ranked
    both = _ranked(trials, now, fold)
    chunks = _ranking("store.chunk_tokens", lambda one: one.chunk_tokens, (ranked, both), limit, fold)
    if chunks.advised != chunks.current:
        reason = f"best with store.chunk_tokens = {chunks.advised}"
        meaning = replace(meaning, advised=both.final.meaning, reason=reason)
        ranked = both
    return [meaning, chunks], ranked


def _ranked(trials: Sequence[Trial], now: Trial, fold: _Folds) -> Ranked:
    picks = [_best(trials, now, fold != number) for number in range(int(fold.max()) + 1)]
    return Ranked(picks=picks, final=_best(trials, now, fold >= 0))


def _best(trials: Sequence[Trial], now: Trial, rows: NDArray[np.bool_]) -> Trial:
    """Return the trial of the highest nDCG over the rows; of equal ones the nearest to today's settings."""

    def rank(trial: Trial) -> tuple[float, ...]:
        is_other = trial.chunk_tokens != now.chunk_tokens
        distance = round(abs(trial.meaning - now.meaning), _DIGITS)
        return -round(float(trial.ndcg[rows].mean()), _DIGITS), is_other, distance, trial.meaning, trial.chunk_tokens

    return min(trials, key=rank)


def _ranking(
    setting: str, value: Callable[[Trial], Number], two: tuple[Ranked, Ranked], limit: int, fold: _Folds
) -> Choice:
    before, after = two
    columns: dict[str, Callable[[Trial], Column]] = {
        "nDCG@10": lambda one: one.ndcg,
        "MRR@10": lambda one: one.mrr,
        f"R@{limit}": lambda one: one.recall[limit],
    }
    figures = [
        compared(metric, before.held_out(column, fold), after.held_out(column, fold))
        for metric, column in columns.items()
    ]
    current, best = value(before.final), value(after.final)
    sure = figures[0].gain.low > 0 and best != current
    reason = "the gain in nDCG@10 is sure" if sure else "no gain in nDCG@10 is sure"
    chosen = counted([value(one) for one in after.picks])
    return Choice(
        setting=setting,
        current=current,
        best=best,
        advised=best if sure else current,
        reason=reason,
        chosen=chosen,
        figures=figures,
    )


def _limit(ranked: Ranked, current: int, fold: _Folds) -> tuple[Choice, list[LimitRecall]]:
    """Choose the fewest passages that have nearly all of what the most of them have."""
    recall = {limit: ranked.held_out(_recall(limit), fold) for limit in ranked.final.recall}
    best = _enough({limit: float(column.mean()) for limit, column in recall.items()})
    chosen = [
        _enough({limit: float(column[fold != number].mean()) for limit, column in one.recall.items()})
        for number, one in enumerate(ranked.picks)
    ]
    tuned = np.stack([recall[limit] for limit in chosen])[fold, np.arange(len(fold))]
    figure = compared("recall", recall[current], tuned)
    is_change, reason = _more_or_fewer(best - current, figure.gain)
    choice = Choice(
        setting="retrieval.limit",
        current=current,
        best=best,
        advised=best if is_change else current,
        reason=reason,
        chosen=counted(chosen),
        figures=[figure],
    )
    each = intervals(np.column_stack(list(recall.values())))
    return choice, [LimitRecall(limit=limit, **asdict(one)) for limit, one in zip(recall, each, strict=True)]


def _more_or_fewer(more: int, gain: Interval) -> tuple[bool, str]:
    if more > 0 and gain.low > 0:
        return True, "the gain in recall is sure"
    if more > 0:
        return False, "no gain in recall is sure"
    if more < 0 and gain.low >= -_WORST:
        return True, f"fewer passages have the same documents, to within {_SPARED:g}"
    return False, "fewer passages may lose some"


def _enough(recall: Mapping[int, float]) -> int:
    most = max(recall.values())
    return min(limit for limit, value in recall.items() if value >= most - _SPARED - 10**-_DIGITS)


def _recall(limit: int) -> Callable[[Trial], Column]:
    return lambda trial: trial.recall[limit]


def _evidence(ranked: Ranked, current: float, folds: tuple[_Folds, _Folds], most_refused: float) -> Choice:
    """Choose the threshold that turns away the most questions without an answer, and few of the others."""
    fold, fold_of_others = folds
    if len(fold_of_others) < _TWO:
        reason = f"{FEWEST_UNANSWERABLE} unanswerable questions are needed, there are {len(fold_of_others)}"
        return Choice(setting="retrieval.evidence", current=current, best=current, advised=current, reason=reason)
    chosen = [
        _threshold(one.evidence[fold != number], one.unanswerable[fold_of_others != number], most_refused)
        for number, one in enumerate(ranked.picks)
    ]
    wrongly = _refused(ranked.held_out(lambda one: one.evidence, fold), current, np.array(chosen)[fold])
    rightly = _refused(
        ranked.held_out(lambda one: one.unanswerable, fold_of_others), current, np.array(chosen)[fold_of_others]
    )
    figures = [compared("answerable refused", *wrongly), compared("unanswerable refused", *rightly)]
    best = _threshold(ranked.final.evidence, ranked.final.unanswerable, most_refused)
    is_change, reason = _advice(*figures, most_refused=most_refused, unanswerable=len(fold_of_others))
    return Choice(
        setting="retrieval.evidence",
        current=current,
        best=best,
        advised=best if is_change else current,
        reason=reason,
        chosen=counted(chosen),
        figures=figures,
    )


def _threshold(answerable: Column, unanswerable: Column, most_refused: float) -> float:
    """Return the lowest of the thresholds that turn away the most, and no more than that of the answerable ones."""
    allowed = [step for step in _STEPS if (answerable < step).mean() <= most_refused]
    return max(allowed, key=lambda step: ((unanswerable < step).sum(), -step))


def _refused(values: Column, current: float, chosen: Column) -> tuple[Column, Column]:
    return (values < current).astype(float), (values < chosen).astype(float)


def _advice(wrongly: Compared, rightly: Compared, *, most_refused: float, unanswerable: int) -> tuple[bool, str]:
    """Say whether a threshold is better for sure: it refuses more rightly, or today's refuses too many wrongly."""
    if unanswerable < FEWEST_UNANSWERABLE:
        return False, f"{FEWEST_UNANSWERABLE} unanswerable questions are needed, there are {unanswerable}"
    if rightly.gain.low > 0 and wrongly.tuned.low <= most_refused:
        return True, "more of the unanswerable are refused for sure"
    if wrongly.gain.high < 0 and wrongly.current.mean > most_refused:
        return True, f"today's refuses more than {most_refused:.0%} of the answerable"
    return False, "no gain is sure"
