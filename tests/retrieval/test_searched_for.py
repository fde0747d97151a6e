"""An answer says what was searched for, where that is not what was asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.results import Results, results
from ragkit.retrieval.stages.rerank import RerankedRetriever
from ragkit.testing import ScriptedChat
from tests.workspaces import filled

OWNER = Viewer.local()
WRITTEN = "A refund takes five working days [1]."


def test_what_was_searched_for_is_told(tmp_path: Path) -> None:
    with filled(tmp_path / "store", chat=ScriptedChat(WRITTEN)) as opened:
        answer = opened.assistant("support").ask("How long does a refnud take?", viewer=OWNER)
    # Broken on purpose: with `query` in place of `found.query` in Assistant the first is the question as it was typed.
    assert answer.query == "How long does a refund take?"
    assert answer.spelled == {"refnud": "refund"}
    assert answer.refusal is None
    assert answer.remarks == ("Searched for: refund (you wrote refnud)",)


def test_what_no_passage_has_word_for_word_is_told_and_not_answered(tmp_path: Path) -> None:
    with filled(tmp_path / "store", chat=ScriptedChat(WRITTEN)) as opened:
        answer = opened.assistant("support").ask('How long does a refund take, "per annum"?', viewer=OWNER)
    assert (answer.absent, answer.missing, answer.refusal) == (("per annum",), ("per annum",), "no_evidence")
    assert answer.remarks == ("Word for word no passage has: per annum",)
    assert answer.to_dict()["absent"] == ["per annum"]


def test_what_was_searched_by_words_alone_is_told(tmp_path: Path) -> None:
    class Behind:
        def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
            return replace(results(opened.retriever(), query, limit=limit, viewer=viewer), unembedded=3)

        def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
            return list(self.results(query, limit=limit, where=where, viewer=viewer).hits)

    with filled(tmp_path / "store", chat=ScriptedChat(WRITTEN)) as opened:
        assistant = replace(opened.assistant("support"), retriever=Behind())
        answer = assistant.ask("How long does a refund take?", viewer=OWNER)
    assert answer.to_dict()["unembedded"] == 3
    assert answer.remarks == ("Searched by words alone: 3 passages whose vectors are still being made",)


def test_a_reranker_is_asked_what_was_searched_for(tmp_path: Path) -> None:
    class Reversed:
        def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
            self.query = query
            return list(reversed(hits))

    reranker = Reversed()
    with filled(tmp_path / "store") as opened:
        found = results(RerankedRetriever(opened.retriever(), reranker), "refnud", viewer=OWNER)
    assert (found.query, found.spelled, reranker.query) == ("refund", {"refnud": "refund"}, "refund")
