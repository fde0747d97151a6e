"""What the real search makes of each weight and size of chunks, in a store of doubles."""

from dataclasses import replace
from pathlib import Path

import pytest

from ragkit.evaluation.retrieval.measuring import evaluate
from ragkit.evaluation.sets.questions import QuestionSet
from ragkit.evaluation.tuning.choosing import tune
from ragkit.evaluation.tuning.recut import other_sizes, seconds_to_recut
from ragkit.evaluation.tuning.trials import LIMITS, MEANINGS, Trials
from ragkit.evaluation.tuning.tuning import Settings, Trial
from ragkit.testing import MemoryIndexes, WordEmbeddings
from tests.evaluation.drawers import Beside, asked, drawers

TODAY = Settings(chunk_tokens=0, meaning=0.6, limit=8, evidence=0.3)
pytestmark = pytest.mark.timeout(60)


def tried(folder: Path, questions: QuestionSet, *sizes: int, embedding: WordEmbeddings | None = None) -> list[Trial]:
    with drawers(folder, embedding) as opened:
        return Trials(workspace=opened, asked=questions, indexes=MemoryIndexes()).run(TODAY, sizes=sizes)


def test_where_the_words_alone_are_right_meaning_counts_little(tmp_path: Path) -> None:
    # Broken on purpose: a retriever that passes `fusion.MEANING` on, whatever it was given, keeps 0.6.
    assert tune(tried(tmp_path, asked(by_meaning=False)), TODAY).changes["retrieval.meaning"] <= 0.3


def test_where_meaning_alone_is_right_it_counts_much(tmp_path: Path) -> None:
    little = replace(TODAY, meaning=0.1)
    assert tune(tried(tmp_path, asked(by_meaning=True)), little).changes["retrieval.meaning"] >= 0.4


def test_where_both_are_right_the_weight_is_kept(tmp_path: Path) -> None:
    trials = tried(tmp_path, asked(by_meaning=False), embedding=WordEmbeddings())
    assert "retrieval.meaning" not in tune(trials, TODAY).changes


def test_the_figures_of_today_are_those_that_eval_gives(tmp_path: Path) -> None:
    questions = asked(by_meaning=False)
    with drawers(tmp_path) as opened:
        now = next(one for one in Trials(workspace=opened, asked=questions).run(TODAY) if one.meaning == 0.6)
        report = evaluate(opened, questions)
    assert now.ndcg.mean() == pytest.approx(report.mean("nDCG@10").mean)
    assert now.mrr.mean() == pytest.approx(report.mean("MRR@10").mean)
    assert list(now.evidence) == [outcome.evidence for outcome in report.outcomes]


def test_every_weight_and_limit_is_tried_and_that_in_use_too(tmp_path: Path) -> None:
    today = Settings(chunk_tokens=0, meaning=0.55, limit=7, evidence=0.3)
    few = QuestionSet(name="few", questions=asked(by_meaning=False).questions[:2])
    with drawers(tmp_path) as opened:
        trials = Trials(workspace=opened, asked=few).run(today)
    assert [one.meaning for one in trials] == sorted([*MEANINGS, 0.55])
    assert list(trials[0].recall) == sorted([*LIMITS, 7])


def test_chunks_of_other_sizes_are_made_apart(tmp_path: Path) -> None:
    few = QuestionSet(name="few", questions=asked(by_meaning=False).questions[:2])
    with drawers(tmp_path, embedding := Beside()) as opened:
        before, embedded = opened.store.stats(), embedding.embedded
        trials = Trials(workspace=opened, asked=few, indexes=MemoryIndexes()).run(TODAY, sizes=[16, 64])
        assert opened.store.stats() == before
    assert embedding.embedded > embedded
    assert [one.chunk_tokens for one in trials[:: len(MEANINGS)]] == [0, 16, 64]


def test_only_sizes_that_fit_the_embedder_and_are_not_in_use_are_tried(tmp_path: Path) -> None:
    with drawers(tmp_path / "a") as opened:
        assert other_sizes(opened) == [64, 128, 192]
        assert seconds_to_recut(opened, [64]) > 0
    with drawers(tmp_path / "b", WordEmbeddings(window=100)) as opened:
        assert other_sizes(opened) == [64]
