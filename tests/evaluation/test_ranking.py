import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ragkit.documents import Chunk, Hit, Viewer
from ragkit.evaluation.bootstrap import intervals
from ragkit.evaluation.retrieval.metrics import measured
from ragkit.evaluation.retrieval.ranking import rank_documents
from ragkit.filters import Filter
from tests.found import Finding, document, hit


class Found:
    """A retriever that finds the chunks of these documents, in this order; `limits` are what it was asked for."""

    def __init__(self, uris: Sequence[str], scores: Sequence[float] = ()) -> None:
        self.limits: list[int] = []
        self._hits = [
            Hit(
                chunk=Chunk(document_id=uri, ordinal=place, text="x", start=place, end=place + 1, uri=uri, title=""),
                score=scores[place] if scores else 1 / (place + 1),
            )
            for place, uri in enumerate(uris)
        ]

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        self.limits.append(limit)
        return self._hits[:limit]


def test_a_document_has_the_score_of_its_best_chunk() -> None:
    ranking = rank_documents(Found(["a", "b", "a", "c"]), "?", viewer=Viewer.local())
    assert list(ranking.items()) == [("a", 1.0), ("b", 0.5), ("c", 0.25)]


def test_a_document_that_a_hit_tells_of_is_found_with_it() -> None:
    lease, copy, other = (document(uri, Rent="Rent is due.") for uri in ("lease", "copy", "other"))
    first, again, last = (hit(one, "Rent is due.") for one in (lease, copy, other))
    # Broken on purpose: `hit.chunk` alone in `_best`; leaving out repeats would then cost recall.
    found = Finding([replace(first, repeats=(again.chunk,)), replace(last, score=0.5)])
    assert list(rank_documents(found, "?", viewer=Viewer.local())) == ["lease", "copy", "other"]


def test_more_chunks_are_asked_for_until_enough_documents_come_out() -> None:
    # Broken on purpose: without `limit * 2` the documents behind the ninety chunks of the first are never seen.
    found = Found([*["a"] * 90, *(f"d{number}" for number in range(40))])
    ranking = rank_documents(found, "?", viewer=Viewer.local(), depth=30)
    assert (len(ranking), found.limits) == (30, [30, 60, 120])


def test_asking_ends_when_nothing_new_comes() -> None:
    found = Found(["a", "b"])
    assert len(rank_documents(found, "?", viewer=Viewer.local())) == 2
    assert found.limits == [100, 200]


def test_a_store_of_long_documents_is_asked_for_more_at_once() -> None:
    found = Found(["a"])
    rank_documents(found, "?", viewer=Viewer.local(), chunks_each=2.5)
    assert found.limits[0] == 250


def test_asking_is_bounded_where_one_document_fills_the_store() -> None:
    found = Found(["a"] * 10_000)
    assert list(rank_documents(found, "?", viewer=Viewer.local(), depth=10)) == ["a"]
    assert found.limits[-1] == 320


def test_equal_scores_keep_their_order_in_single_precision() -> None:
    # Broken on purpose: without `nextafter` trec_eval would rank "b" before "a".
    ranking = rank_documents(Found(["a", "b"], [0.5, 0.5]), "?", viewer=Viewer.local())
    assert np.float32(ranking["a"]) > np.float32(ranking["b"])
    assert measured({"q": {"a": 1}}, {"q": ranking})["q"]["MRR@10"] == 1


def test_the_metrics_are_those_of_trec_eval() -> None:
    values = measured({"q": {"a": 2, "b": 1, "none": 1}}, {"q": {"x": 3.0, "b": 2.0, "a": 1.0}})["q"]
    best = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert values["nDCG@10"] == pytest.approx((1 / math.log2(3) + 2 / math.log2(4)) / best)
    assert values["MRR@10"] == pytest.approx(1 / 2)
    assert [values[name] for name in ("R@5", "R@10", "R@100")] == pytest.approx([2 / 3] * 3)


def test_a_question_that_nothing_was_found_for_has_0() -> None:
    assert set(measured({"q": {"a": 1}}, {"q": {}})["q"].values()) == {0.0}


def test_a_relevant_document_beyond_the_cut_does_not_count() -> None:
    values = measured({"q": {"z": 1}}, {"q": {**{f"d{n}": 1.0 - n / 100 for n in range(10)}, "z": 0.1}})["q"]
    assert (values["MRR@10"], values["R@10"], values["R@100"]) == (0, 0, 1)


def test_an_interval_holds_its_mean_and_is_the_same_every_time() -> None:
    values = np.random.default_rng(1).random((200, 2))
    (first, second), again = intervals(values), intervals(values)
    assert first.low < first.mean < first.high
    assert first.mean == pytest.approx(values[:, 0].mean())
    assert first.n == 200
    assert [first, second] == again


def test_an_interval_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(2).normal(size=(400, 1))
    (found,) = intervals(values)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(400), rel=0.1)


def test_one_question_has_an_interval_of_no_width() -> None:
    (found,) = intervals(np.array([[0.5]]))
    assert (found.low, found.mean, found.high, found.n) == (0.5, 0.5, 0.5, 1)
