"""An answer says what was searched for, where that is not what was asked."""

from collections.abc import Sequence
from pathlib import Path

from ragkit.documents import Hit, Viewer
from ragkit.retrieval.rerank import RerankedRetriever
from ragkit.retrieval.results import results
from ragkit.testing import ScriptedChat
from tests.workspaces import filled

OWNER = Viewer.local()
WRITTEN = "A refund takes five working days [1]."


def test_what_was_searched_for_is_told(tmp_path: Path) -> None:
    with filled(tmp_path / "store", chat=ScriptedChat(WRITTEN)) as opened:
        answer = opened.assistant("support").ask('How long does a refnud take, "per annum"?', viewer=OWNER)
    # Broken on purpose: with `query` in place of `found.query` in Assistant the first is the question as it was typed.
    assert answer.query == 'How long does a refund take, "per annum"?'
    assert answer.spelled == {"refnud": "refund"}
    assert answer.absent == ("per annum",)
    assert answer.refusal is None
    assert answer.remarks == ("Searched for: refund (you wrote refnud)", "Word for word no passage has: per annum")
    assert {"query", "spelled", "absent"} <= answer.to_dict().keys()


def test_a_reranker_is_asked_what_was_searched_for(tmp_path: Path) -> None:
    class Reversed:
        def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
            self.query = query
            return list(reversed(hits))

    reranker = Reversed()
    with filled(tmp_path / "store") as opened:
        found = results(RerankedRetriever(opened.retriever(), reranker), "refnud", viewer=OWNER)
    assert (found.query, found.spelled, reranker.query) == ("refund", {"refnud": "refund"}, "refund")
