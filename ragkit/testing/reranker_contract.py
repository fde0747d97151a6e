"""What every reranker must keep. Subclass it in your tests and override one fixture."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ragkit.documents import Chunk, Hit
from ragkit.retrieval.base import Reranker

QUESTION = "How many working days does a refund take?"
TEXTS = (
    "Invoices are sent on the first day of the month.",
    "A refund takes five working days.",
    "Cool the burn under running water. " * 200,
    "",
    "half \ud83d of one, \x00, \u202eback",
)


class RerankerContract:
    """The tests of a `Reranker`. They say nothing of how good its order is: that depends on its model.

    class TestMyReranker(RerankerContract):
        @pytest.fixture
        def reranker(self) -> Reranker:
            return MyReranker()
    """

    @pytest.fixture
    def reranker(self) -> Reranker:
        """Return the reranker under test; override it."""
        raise NotImplementedError("override the fixture `reranker` and return yours")

    def test_the_same_passages_come_back(self, reranker: Reranker) -> None:
        """A passage that a reranker loses can't be cited, and one that it changes is a false citation."""
        found = made_hits(TEXTS)
        ordered = reranker.rerank(QUESTION, found)
        assert sorted(hit.chunk.ordinal for hit in ordered) == list(range(len(TEXTS))), "is each returned, and once?"
        assert all(hit.chunk == found[hit.chunk.ordinal].chunk for hit in ordered), "return the chunks as they came"

    def test_scores_fall(self, reranker: Reranker) -> None:
        """Higher is better, and the best is first."""
        scores = [hit.score for hit in reranker.rerank(QUESTION, made_hits(TEXTS))]
        assert scores == sorted(scores, reverse=True), "is each hit given the score that it was ordered by?"

    def test_what_the_search_said_is_kept(self, reranker: Reranker) -> None:
        """Whether an answer has evidence is read from `why`."""
        ordered = reranker.rerank(QUESTION, made_hits(TEXTS))
        assert all(hit.why["dense_score"] == hit.chunk.ordinal for hit in ordered), "add to `why`, do not replace it"

    @pytest.mark.parametrize("count", [0, 1])
    def test_what_has_no_order_is_returned(self, reranker: Reranker, count: int) -> None:
        """Most filters leave few passages."""
        assert len(reranker.rerank(QUESTION, made_hits(TEXTS[:count]))) == count

    @pytest.mark.parametrize("query", ["", "?!", "\x00", "\ud83d", "<|im_end|>", "[SEP]"])
    def test_any_string_is_a_query(self, reranker: Reranker, query: str) -> None:
        """People paste what they have."""
        assert len(reranker.rerank(query, made_hits(TEXTS))) == len(TEXTS)

    def test_threads_do_not_disturb_each_other(self, reranker: Reranker) -> None:
        """Every page of the web interface is a thread, and they share one reranker."""
        with ThreadPoolExecutor(4) as pool:
            orders = list(pool.map(lambda _: reranker.rerank(QUESTION, made_hits(TEXTS)), range(8)))
        assert all(order == orders[0] for order in orders)


def made_hits(texts: Sequence[str]) -> list[Hit]:
    """Return a hit a text, of one document each; `ordinal` is its place."""
    return [
        Hit(
            chunk=Chunk(
                document_id=f"{place}", ordinal=place, text=text, start=0, end=len(text), uri=f"{place}.md", title=""
            ),
            score=1 / (place + 1),
            why={"dense_score": float(place)},
        )
        for place, text in enumerate(texts)
    ]
