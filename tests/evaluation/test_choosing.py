"""What is chosen from figures that are known: changed where it is sure, kept everywhere else."""

from dataclasses import replace

import numpy as np
import pytest

from ragkit.errors import ConfigError
from ragkit.evaluation.tuning.choosing import FEWEST, tune
from ragkit.evaluation.tuning.tuning import Choice, Column, Settings, Trial, Tuning, folded

TODAY = Settings(chunk_tokens=0, meaning=0.6, limit=8, evidence=0.3)
MANY = 60
NONE = np.array([])


def trial(meaning: float, ndcg: Column, *, chunk_tokens: int = 0) -> Trial:
    flat = np.ones(len(ndcg))
    return Trial(
        chunk_tokens=chunk_tokens,
        meaning=meaning,
        ndcg=ndcg,
        mrr=ndcg,
        recall={3: flat, 8: flat},
        evidence=flat,
        unanswerable=NONE,
    )


def noise(seed: int, count: int = MANY) -> Column:
    return np.random.default_rng(seed).random(count)


def choice(tuning: Tuning, setting: str) -> Choice:
    return next(one for one in tuning.choices if one.setting == setting)


def judged(answerable: Column, unanswerable: Column, *, most_refused: float = 0.05) -> Choice:
    """Return what becomes of the threshold with this evidence."""
    found = replace(trial(0.6, np.ones(len(answerable))), evidence=answerable, unanswerable=unanswerable)
    return choice(tune([found], TODAY, most_refused=most_refused), "retrieval.evidence")


def test_a_weight_that_is_better_for_nearly_every_question_is_advised() -> None:
    tuning = tune([trial(0.6, noise(1) / 2), trial(0.2, noise(1) / 2 + 0.2)], TODAY)
    meaning = choice(tuning, "retrieval.meaning")
    assert (meaning.advised, meaning.chosen) == (0.2, {"0.2": 5})
    assert meaning.figures[0].gain.mean == pytest.approx(0.2)


def test_the_luckiest_of_many_equal_weights_is_not_advised() -> None:
    # Broken on purpose: `_best` over all rows instead of `fold != number` is sure of one of these.
    trials = [trial(step / 200, noise(step)) for step in range(201)]
    tuning = tune(trials, TODAY)
    assert "retrieval.meaning" not in tuning.changes
    assert choice(tuning, "retrieval.meaning").best != 0.6


def test_of_equal_weights_the_one_in_use_is_kept() -> None:
    tuning = tune([trial(step / 10, np.ones(MANY)) for step in range(11)], TODAY)
    assert choice(tuning, "retrieval.meaning").chosen == {"0.6": 5}


def test_no_figure_counts_a_question_that_its_value_was_chosen_on() -> None:
    fold = folded(MANY, 5)
    # Each weight is wrong for one fold alone, which chooses it as it does not see that.
    trials = [trial(0.6, np.full(MANY, 0.5))] + [trial(n / 10, (fold != n) * 1.0) for n in range(5)]
    tuned = choice(tune(trials, TODAY), "retrieval.meaning").figures[0].tuned
    assert tuned.mean == 0


def test_too_few_questions_change_nothing() -> None:
    few = FEWEST - 1
    tuning = tune([trial(0.6, np.zeros(few)), trial(0.2, np.ones(few))], TODAY)
    assert tuning.changes == {}
    assert choice(tuning, "retrieval.meaning").reason == "19 questions with documents are too few, 20 are needed"


def test_one_question_is_refused() -> None:
    with pytest.raises(ConfigError, match="1 question with documents can't be tuned on"):
        tune([trial(0.6, np.ones(1))], TODAY)


def test_the_same_trials_give_the_same_report() -> None:
    trials = [trial(step / 10, noise(step)) for step in range(11)]
    assert tune(trials, TODAY) == tune(trials, TODAY)


@pytest.mark.parametrize(("count", "folds"), [(60, 5), (61, 5), (7, 5), (3, 5), (20, 20)])
def test_folds_are_of_like_size_and_none_is_empty(count: int, folds: int) -> None:
    sizes = np.bincount(folded(count, folds))
    assert len(sizes) == min(count, folds)
    assert sizes.max() - sizes.min() <= 1


def test_fewer_passages_are_advised_where_they_have_the_same_documents() -> None:
    found = trial(0.6, np.ones(MANY))
    tuning = tune([found], TODAY)
    assert tuning.changes == {"retrieval.limit": 3}
    assert [limit.limit for limit in tuning.limits] == [3, 8]


def test_fewer_passages_that_may_lose_documents_are_not_advised() -> None:
    loses_one = np.where(np.arange(MANY) == 7, 0.5, 1.0)
    tuning = tune([replace(trial(0.6, np.ones(MANY)), recall={3: loses_one, 8: np.ones(MANY)})], TODAY)
    limit = choice(tuning, "retrieval.limit")
    assert (limit.best, limit.advised, limit.reason) == (3, 8, "fewer passages may lose some")


def test_more_passages_are_advised_where_they_have_more_documents() -> None:
    recall = {3: noise(1) / 3, 8: noise(1) / 2, 20: noise(1)}
    assert tune([replace(trial(0.6, noise(2)), recall=recall)], TODAY).changes == {"retrieval.limit": 20}


def test_a_threshold_turns_away_the_unanswerable_and_few_of_the_others() -> None:
    evidence = judged(np.linspace(0.5, 0.9, MANY), np.linspace(0.1, 0.45, MANY))
    wrongly, rightly = evidence.figures
    assert evidence.advised == pytest.approx(0.46)
    assert wrongly.tuned.mean == 0
    assert rightly.tuned.mean > 0.95
    assert rightly.gain.low > 0


def test_a_threshold_never_turns_away_more_of_those_it_is_chosen_on_than_it_may() -> None:
    answerable = noise(3)
    for most in (0.0, 0.05, 0.2):
        evidence = judged(answerable, noise(4), most_refused=most)
        assert (answerable < evidence.best).mean() <= most


def test_a_threshold_that_refuses_too_many_answerable_questions_is_lowered() -> None:
    evidence = judged(np.linspace(0.1, 0.4, MANY), np.full(MANY, 0.05))
    assert evidence.advised < TODAY.evidence
    assert evidence.reason == "today's refuses more than 5% of the answerable"


@pytest.mark.parametrize("count", [0, 1, 9])
def test_without_enough_unanswerable_questions_the_threshold_is_kept(count: int) -> None:
    evidence = judged(np.ones(MANY), np.zeros(count))
    assert evidence.advised == evidence.current
    assert evidence.reason == f"10 unanswerable questions are needed, there are {count}"


def test_other_chunks_bring_their_own_weight() -> None:
    trials = [trial(0.6, noise(1) / 2), trial(0.2, noise(1) / 2), trial(0.2, noise(1) / 2 + 0.3, chunk_tokens=64)]
    tuning = tune(trials, TODAY)
    assert (tuning.changes["store.chunk_tokens"], tuning.changes["retrieval.meaning"]) == (64, 0.2)


def test_other_chunks_that_bring_no_more_than_the_weight_alone_are_not_advised() -> None:
    better = noise(1) / 2 + 0.3
    tuning = tune([trial(0.6, noise(1) / 2), trial(0.2, better), trial(0.2, better, chunk_tokens=64)], TODAY)
    assert "store.chunk_tokens" not in tuning.changes
    assert tuning.changes["retrieval.meaning"] == 0.2
