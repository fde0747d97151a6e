"""Follow-ups made whole by a model: what it writes is taken only if it was said."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from ragkit import Turn, Viewer
from ragkit.config import Config, ModelsConfig, RetrievalConfig, StoreConfig
from ragkit.documents import Chunk, Hit
from ragkit.errors import ModelFailed
from ragkit.filters import Filter
from ragkit.models.chat.engine import ChatEngine
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.questions.condense import Subject, condense
from ragkit.retrieval.questions.rewrite import Rewriter
from ragkit.testing import MemoryConnector, ScriptedChat
from tests.workspaces import NOBODY, REFUNDS, workspace

TURNS = [("How long does a refund of the annual plan take?", "It takes five working days [1].")]
FOLLOW_UP = "And of the monthly one?"
BY_RULE = condense(FOLLOW_UP, TURNS)


class Broken(ScriptedChat):
    """Fails in the middle."""

    def __init__(self, *replies: str) -> None:
        super().__init__(*replies)

    def _next(self, messages: Sequence[object]) -> str:
        raise ModelFailed("the server went away", model="broken", partial="")


def rewritten(chat: ScriptedChat, question: str = FOLLOW_UP, *, turns: Sequence[tuple[str, str]] = TURNS) -> str:
    engine = ChatEngine(name="double", chat=chat, window=8192)
    return Rewriter(Drafting(engine=engine)).rewrite(question, turns)


@pytest.mark.parametrize(
    "reply",
    [
        "How long does a refund of the monthly plan take?",
        "Question: How long does a refund of the monthly plan take?",
        '  "How long does a refund of the monthly plan take?"\n',
    ],
)
def test_a_model_makes_a_follow_up_whole(reply: str) -> None:
    assert rewritten(ScriptedChat(reply)) == "How long does a refund of the monthly plan take?"


@pytest.mark.parametrize(
    "reply",
    [
        # Broken on purpose: without `words <=` in _is_faithful the first two are taken.
        "How long does a refund of the monthly plan take in Germany?",
        "The monthly plan is never refunded.",
        "How long does a refund of the annual plan take?",
        "monthly refund\nannual refund",
        "",
        "the of a",
        "monthly plan " * 100,
    ],
)
def test_what_was_not_said_is_left_to_the_rule(reply: str) -> None:
    assert rewritten(ScriptedChat(reply)) == BY_RULE


def test_a_model_that_fails_is_replaced_by_the_rule() -> None:
    assert rewritten(Broken("never")) == BY_RULE


def test_a_model_that_dawdles_is_replaced_by_the_rule() -> None:
    engine = ChatEngine(name="slow", chat=ScriptedChat("monthly refund of the plan"), window=8192)
    ticks = count(step=9)
    drafting = Drafting(engine=engine, seconds=20, clock=lambda: float(next(ticks)))
    assert Rewriter(drafting).rewrite(FOLLOW_UP, TURNS) == BY_RULE


class Named:
    """A search by words that finds two documents of one title."""

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        chunks = [
            Chunk(document_id=name, ordinal=0, text="x", start=0, end=1, uri=name, title="Ashley Hotel")
            for name in "ab"
        ]
        return [Hit(chunk=chunk, score=1) for chunk in chunks] if "Ashley" in query else []


def test_the_rule_that_stands_in_knows_the_subject() -> None:
    # Broken on purpose: `condense(question, turns)` without the subject at the end of Rewriter.rewrite.
    drafting = Drafting(engine=ChatEngine(name="double", chat=ScriptedChat("nonsense"), window=8192))
    subject = Subject(words=Named(), viewer=Viewer.local())
    turns = [("Is there parking at the Ashley Hotel?", "Yes, behind the house.")]
    query = Rewriter(drafting).rewrite("Is breakfast included in the price?", turns, subject=subject)
    assert query == "Ashley Hotel Is breakfast included in the price?"


def test_a_first_question_asks_no_model() -> None:
    chat = ScriptedChat("never")
    assert rewritten(chat, "And Sundays?", turns=[]) == "And Sundays?"
    assert chat.asked == []


def test_the_setting_decides_and_the_answer_shows_the_query(tmp_path: Path) -> None:
    whole = "Who may ask for a refund of the account?"
    config = Config(
        store=StoreConfig(path=tmp_path / "store"),
        models=ModelsConfig(url=NOBODY),
        retrieval=RetrievalConfig(rewrite="model"),
    )
    history = [Turn(question="How long does a refund take?", answer="Five working days, for the account.")]
    chat = ScriptedChat(whole, "Only the owner of the account can ask for a refund [1].")
    with workspace(tmp_path / "store", chat=chat, config=config) as opened:
        opened.ingest(MemoryConnector({"refunds.md": REFUNDS}))
        answer = opened.assistant("support").ask("And who may ask?", history=history, viewer=Viewer.local())
        by_rule = replace(opened.assistant("support"), rewriter=None)
        other = by_rule.ask("And who may ask?", history=history, viewer=Viewer.local())
    assert (answer.query, list(answer.trace)) == (whole, ["rewrite", "retrieve", "model"])
    assert answer.remarks == (f"Searched for: {whole}",)
    assert (other.query, list(other.trace)) == ("How long does a refund take? And who may ask?", ["retrieve", "model"])


def test_an_engine_that_can_only_quote_leaves_it_to_the_rule(tmp_path: Path) -> None:
    settings = RetrievalConfig(rewrite="model", expand="hyde")
    config = Config(store=StoreConfig(path=tmp_path), models=ModelsConfig(url=NOBODY), retrieval=settings)
    with workspace(tmp_path / "store", config=config) as opened:
        opened.ingest(MemoryConnector({"refunds.md": REFUNDS}))
        assert opened.assistant("support").rewriter is None
        assert "searches" not in opened.assistant("support").ask("Who may ask?", viewer=Viewer.local()).trace
