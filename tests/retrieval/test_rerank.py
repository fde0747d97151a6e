"""The stage that orders what was found: it orders, says what it cost, and can do nothing else."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from ragkit.documents import Hit, Viewer
from ragkit.errors import ModelFailed, ModelTimeout, PromptTooLong, PromptTruncated, RagkitError
from ragkit.filters import Filter
from ragkit.models.judging.relevance import Judge
from ragkit.retrieval.base import Reranker, Retriever
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.stages.rerank import JudgeReranker, RerankedRetriever
from ragkit.testing import MemoryConnector, WordJudge
from ragkit.testing.reranker_contract import QUESTION, TEXTS, RerankerContract, made_hits
from ragkit.testing.retriever_contract import DOCUMENTS, RetrieverContract
from tests.workspaces import workspace

FOUND = made_hits(["no", "five working days", "days"])


def stopped() -> float:
    return 0.0


class Fixed:
    """A retriever that always finds the same, and remembers how much it was asked for."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.hits = list(hits)
        self.asked: list[int] = []

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        self.asked.append(limit)
        return self.hits[:limit]


class Ordered:
    """A reranker that does what the test says with the hits."""

    def __init__(self, order: Callable[[Sequence[Hit]], Sequence[Hit]]) -> None:
        self._order = order

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        return list(self._order(hits))


class Broken:
    """A reranker that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        raise self._error


class TestJudgeReranker(RerankerContract):
    @pytest.fixture
    def reranker(self) -> Reranker:
        return JudgeReranker(WordJudge)


class TestRerankedRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, tmp_path: Path) -> Iterator[Retriever]:
        with workspace(tmp_path / "store") as made:
            made.ingest(MemoryConnector(DOCUMENTS))
            dense = DenseRetriever(made.store, made.embedder)
            yield RerankedRetriever(dense, JudgeReranker(WordJudge), clock=stopped)


def retrieved(reranker: Reranker, *, hits: Sequence[Hit] = FOUND, limit: int = 8) -> list[Hit]:
    retriever = RerankedRetriever(Fixed(hits), reranker, clock=count(5.0, 2.5).__next__)
    return retriever.retrieve(QUESTION, limit=limit, viewer=Viewer.local())


def uris(hits: Sequence[Hit]) -> list[str]:
    return [hit.chunk.uri for hit in hits]


def test_the_judge_orders_and_why_says_what_it_cost() -> None:
    hits = retrieved(JudgeReranker(WordJudge))
    assert uris(hits) == ["1.md", "2.md", "0.md"]
    # Broken on purpose: `seconds = 0.0` in _reranked, or `rank` counted from 0.
    assert hits[1].why == {
        "dense_score": 2,
        "rerank_rank": 2,
        "rerank_score": 1 / 8,
        "rerank_seconds": 2.5,
        "rerank_passages": 3,
    }


def test_the_cost_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        retrieved(JudgeReranker(WordJudge))
    assert "reranked 3 passages in 2.50 s" in caplog.messages


def test_a_reranker_sees_more_than_is_returned() -> None:
    # Broken on purpose: `limit=limit` for `limit=wanted` in retrieve; the best of the three is then never seen.
    found = Fixed(FOUND)
    hits = RerankedRetriever(found, JudgeReranker(WordJudge), candidates=3).retrieve(
        QUESTION, limit=1, viewer=Viewer.local()
    )
    assert (uris(hits), found.asked) == (["1.md"], [3])


def test_more_than_the_candidates_are_found_for_who_asks_for_more() -> None:
    found = Fixed(FOUND)
    RerankedRetriever(found, JudgeReranker(WordJudge), candidates=3).retrieve(QUESTION, limit=50, viewer=Viewer.local())
    assert found.asked == [50]


@pytest.mark.parametrize("hits", [FOUND[:0], FOUND[:1]], ids=["none", "one"])
def test_what_has_no_order_costs_nothing(hits: Sequence[Hit]) -> None:
    judge = WordJudge()
    assert retrieved(JudgeReranker(lambda: judge), hits=hits) == hits
    assert judge.judged == []


@pytest.mark.parametrize(
    "error",
    [
        ModelFailed("'x' broke off", model="x"),
        ModelTimeout("'x' was too slow", model="x"),
        PromptTooLong("the question is too long", tokens=9, window=8),
        PromptTruncated("the server cut it", tokens=9, window=8),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_reranker_that_fails_leaves_the_order_and_says_so(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    hits = retrieved(Broken(error), limit=2)
    # Broken on purpose: `return list(found)` in the except clause; nobody learns then that the order is another one.
    assert [(hit.chunk.uri, hit.score) for hit in hits] == [("0.md", 1), ("1.md", 1 / 2)]
    assert hits[0].why == {"dense_score": 0, "rerank_failed": 1}
    assert str(error) in caplog.text


def test_a_fault_in_the_settings_is_not_taken_for_a_weak_moment() -> None:
    with pytest.raises(RagkitError, match="not installed"):
        retrieved(Broken(RagkitError("not installed")))


def test_a_passage_that_the_reranker_leaves_out_comes_last(caplog: pytest.LogCaptureFixture) -> None:
    # Broken on purpose: `return ranked` at the end of _reranked.
    hits = retrieved(Ordered(lambda hits: [replace(hits[2], score=7.0)]))
    assert uris(hits) == ["2.md", "0.md", "1.md"]
    assert [hit.score for hit in hits] == [7, 7, 7]
    assert ["rerank_rank" in hit.why for hit in hits] == [True, False, False]
    assert "left out 2 of 3 passages" in caplog.text


def test_a_reranker_can_not_bring_in_a_passage_of_its_own() -> None:
    # Broken on purpose: `if (key := hit.chunk.place) in ours` without the condition, `ours.get(key, hit)` below.
    stranger = made_hits(["a", "b", "c", "somebody else's"])[3]
    hits = retrieved(Ordered(lambda hits: [stranger, *hits, hits[0]]))
    assert uris(hits) == ["0.md", "1.md", "2.md"]


def test_a_reranker_can_not_change_what_a_passage_says() -> None:
    # Broken on purpose: `kept.setdefault(key, (hit, hit.score))` in _kept.
    def rewritten(hits: Sequence[Hit]) -> list[Hit]:
        return [replace(hit, chunk=replace(hit.chunk, text="ten days")) for hit in hits]

    assert [hit.chunk.text for hit in retrieved(Ordered(rewritten))] == [hit.chunk.text for hit in FOUND]


def test_equal_passages_stay_in_the_order_of_the_search() -> None:
    assert uris(JudgeReranker(WordJudge).rerank("?", made_hits(TEXTS))) == [f"{place}.md" for place in range(5)]


def test_a_passage_is_judged_with_its_title_and_headings() -> None:
    judge = WordJudge()
    chunk = replace(FOUND[0].chunk, title="Refunds", heading="Time")
    JudgeReranker(lambda: judge).rerank(QUESTION, [replace(FOUND[0], chunk=chunk), FOUND[1]])
    assert judge.judged == [(QUESTION, ("Refunds > Time\nno", "five working days"))]


def test_a_judge_is_loaded_once_and_again_after_a_failure() -> None:
    loads: Iterator[Judge | ModelFailed] = iter([ModelFailed("not yet", model="x"), WordJudge()])
    reranker = JudgeReranker(lambda: _raised_or(next(loads)))
    with pytest.raises(ModelFailed, match="not yet"):
        reranker.rerank(QUESTION, FOUND)
    assert uris(reranker.rerank(QUESTION, FOUND)) == uris(reranker.rerank(QUESTION, FOUND)) == ["1.md", "2.md", "0.md"]


def _raised_or(loaded: Judge | ModelFailed) -> Judge:
    if isinstance(loaded, ModelFailed):
        raise loaded
    return loaded
