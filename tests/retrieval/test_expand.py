"""More searches for one question: what only a model's words find comes in, and is no evidence."""

from pathlib import Path
from typing import Literal

import pytest

from ragkit import Viewer, Workspace
from ragkit.config import Config, ModelsConfig, RetrievalConfig, StoreConfig
from ragkit.documents import Chunk, Hit
from ragkit.filters import Filter
from ragkit.models.chat.engine import ChatEngine
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.refusing.evidence import evidence
from ragkit.retrieval.stages.expand import ExpandedRetriever, Way
from ragkit.testing import MemoryConnector, ScriptedChat
from tests.workspaces import NOBODY, REFUNDS, workspace

OWNER = Viewer.local()


class Shelf:
    """Brings for each query what stands beside it."""

    def __init__(self, **hits: list[Hit]) -> None:
        self.hits = hits
        self.queries: list[str] = []

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        self.queries.append(query)
        return self.hits.get(query, [])[:limit]


def hit(uri: str, score: float, **why: float) -> Hit:
    chunk = Chunk(document_id=uri, ordinal=0, text=uri, start=0, end=len(uri), uri=uri, title="")
    return Hit(chunk=chunk, score=score, why={"dense_score": score, **why})


def expanded(shelf: Shelf, reply: str, *, way: Way = "queries") -> ExpandedRetriever:
    engine = ChatEngine(name="double", chat=ScriptedChat(reply), window=8192)
    return ExpandedRetriever(shelf, Drafting(engine=engine), way=way)


def test_a_passage_has_the_best_score_of_all_searches() -> None:
    shelf = Shelf(asked=[hit("a", 0.5), hit("b", 0.4)], one=[hit("b", 0.8)], two=[hit("c", 0.6)])
    found = expanded(shelf, "1. one\n- two\n\nasked").results("asked", limit=2, viewer=OWNER)
    assert shelf.queries == ["asked", "one", "two"]
    assert [(each.chunk.uri, each.score) for each in found.hits] == [("b", 0.8), ("c", 0.6)]
    assert (found.trace["searches"], found.query) == (3, "asked")
    assert found.trace["expand"] >= 0


def test_nearness_to_an_invented_passage_is_no_evidence() -> None:
    # Broken on purpose: with `hit` in place of `_invented(hit)` the evidence is that of the invention.
    shelf = Shelf(asked=[hit("a", 0.1)], invented=[hit("b", 0.95), hit("a", 0.9)])
    hits = expanded(shelf, "invented", way="hyde").retrieve("asked", viewer=OWNER)
    assert [(each.chunk.uri, each.why.get("dense_score")) for each in hits] == [("b", None), ("a", 0.1)]
    assert evidence("asked", hits) < 0.2


def test_a_code_that_the_model_makes_up_lifts_nothing() -> None:
    shelf = Shelf(asked=[hit("a", 1.3, exact=1)], invented=[hit("b", 1.9, exact=1)])
    hits = expanded(shelf, "invented", way="hyde").retrieve("asked", viewer=OWNER)
    assert [each.chunk.uri for each in hits] == ["a", "b"]


def test_a_model_that_writes_nothing_leaves_the_question_alone() -> None:
    shelf = Shelf(asked=[hit("a", 0.5)])
    found = expanded(shelf, "", way="hyde").results("asked", viewer=OWNER)
    assert (shelf.queries, found.trace["searches"]) == (["asked"], 1)


def opened(tmp_path: Path, chat: ScriptedChat, expand: Literal["", "queries", "hyde"]) -> Workspace:
    settings = RetrievalConfig(expand=expand)
    config = Config(store=StoreConfig(path=tmp_path / "store"), models=ModelsConfig(url=NOBODY), retrieval=settings)
    made = workspace(tmp_path / "store", chat=chat, config=config)
    made.ingest(MemoryConnector({"refunds.md": REFUNDS}))
    return made


@pytest.mark.parametrize("expand", ["queries", "hyde"])
def test_the_setting_expands_what_is_asked_and_not_a_search(tmp_path: Path, expand: Literal["queries", "hyde"]) -> None:
    chat = ScriptedChat("A refund takes days.", "A refund takes five working days [1].")
    with opened(tmp_path, chat, expand) as made:
        made.search("How long does a refund take?", viewer=OWNER)
        assert chat.asked == []
        answer = made.assistant("support").ask("How long does a refund take?", viewer=OWNER)
    assert (answer.trace["searches"], answer.refusal, len(chat.asked)) == (2, None, 2)
    assert answer.trace["expand"] <= answer.trace["retrieve"]
