"""What every retriever must keep. Subclass it in your tests and override one fixture."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ragkit.documents import Viewer
from ragkit.filters import Equals, In
from ragkit.retrieval.base import Retriever

DOCUMENTS = {
    "refunds.md": "# Refunds\n\nA refund takes five working days.\n",
    "invoices.md": "# Invoices\n\nInvoices are sent on the first day of the month.\n",
    "burns.md": "# Burns\n\nCool the burn under running water for twenty minutes.\n",
}
"""What the store under the retriever holds: the source `memory`, read by its owner alone."""

QUESTION = "How many working days does a refund take?"


class RetrieverContract:
    """The tests of a `Retriever` over a store that holds `DOCUMENTS` and nothing else.

    class TestMyRetriever(RetrieverContract):
        @pytest.fixture
        def retriever(self, store) -> Retriever:
            return MyRetriever(store)
    """

    @pytest.fixture
    def retriever(self) -> Retriever:
        """Return the retriever under test; override it."""
        raise NotImplementedError("override the fixture `retriever` and return yours, over a store of DOCUMENTS")

    def test_the_passage_that_answers_comes_first(self, retriever: Retriever) -> None:
        """Of three documents with nothing in common."""
        hits = retriever.retrieve(QUESTION, viewer=Viewer.local())
        assert hits, "is anything found at all?"
        assert hits[0].chunk.uri == "refunds.md"

    def test_hits_are_spans_of_their_documents(self, retriever: Retriever) -> None:
        """A citation opens at the span."""
        for hit in retriever.retrieve(QUESTION, viewer=Viewer.local()):
            chunk = hit.chunk
            assert DOCUMENTS[chunk.uri][chunk.start : chunk.end] == chunk.text, "are the offsets those of the text?"

    def test_scores_fall(self, retriever: Retriever) -> None:
        """Higher is better, and the best is first."""
        scores = [hit.score for hit in retriever.retrieve(QUESTION, viewer=Viewer.local())]
        assert scores == sorted(scores, reverse=True), "is a distance returned where a score is wanted?"

    def test_every_hit_says_what_made_its_score(self, retriever: Retriever) -> None:
        """`ragkit search` shows it, and people tune by it."""
        hits = retriever.retrieve(QUESTION, viewer=Viewer.local())
        assert all(hit.why for hit in hits), "give `why` at least one score or rank"

    def test_no_hit_comes_twice(self, retriever: Retriever) -> None:
        """A passage that is shown twice takes the room of another one."""
        hits = retriever.retrieve(QUESTION, viewer=Viewer.local())
        places = [(hit.chunk.document_id, hit.chunk.start) for hit in hits]
        assert len(places) == len(set(places))

    def test_the_limit_holds(self, retriever: Retriever) -> None:
        """The limit is the most, not the least."""
        assert len(retriever.retrieve("refund invoices burn", limit=1, viewer=Viewer.local())) == 1

    def test_a_condition_is_kept(self, retriever: Retriever) -> None:
        """The filter is applied inside the query, so that it costs no hits."""
        where = Equals("uri", "burns.md")
        hits = retriever.retrieve("refund invoices burn", limit=2, where=where, viewer=Viewer.local())
        assert {hit.chunk.uri for hit in hits} == {"burns.md"}

    def test_a_condition_that_nothing_meets_finds_nothing(self, retriever: Retriever) -> None:
        """An empty list is no filter that was forgotten."""
        assert retriever.retrieve(QUESTION, where=In("uri", ()), viewer=Viewer.local()) == []

    def test_a_stranger_finds_nothing(self, retriever: Retriever) -> None:
        """What nobody was allowed to see, nobody sees."""
        assert retriever.retrieve(QUESTION, viewer=Viewer(groups=frozenset({"staff"}))) == []
        assert retriever.retrieve(QUESTION, viewer=Viewer(tenant="another", owner=True)) == []

    @pytest.mark.parametrize("query", ["", "   ", "?!", '" OR 1=1 --', "NEAR(", "a" * 10_000, "\x00", "\ud83d"])
    def test_any_string_is_a_query(self, retriever: Retriever, query: str) -> None:
        """People paste what they have; a query language of the database must not show through."""
        retriever.retrieve(query, viewer=Viewer.local())

    def test_threads_do_not_disturb_each_other(self, retriever: Retriever) -> None:
        """Every page of the web interface is a thread, and they share one retriever."""
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: retriever.retrieve(QUESTION, viewer=Viewer.local()), range(16)))
        assert all(hits == found[0] for hits in found)
