"""What is decided before any model is asked, and before anything is searched for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragkit import Answer, Assistant, Turn, Viewer
from ragkit.documents import Hit
from ragkit.errors import ConfigError
from ragkit.guards.rules import RuleSet
from ragkit.models.chat.engine import ChatEngine
from ragkit.profile import load_profile
from ragkit.testing import ScriptedChat
from tests.workspaces import workspace

OWNER = Viewer.local()
CHEST_PAIN = "I have crushing chest pain and my left arm hurts"
HUMAN = "I want to speak to a human"
OFF_TOPIC = RuleSet.from_toml(
    '[[rule]]\ngroup = "weather"\naction = "out_of_scope"\nsource = "x"\nchecked = 2026-01-01\npatterns = ["weather"]'
)


class Untouchable(ScriptedChat):
    """A chat model that must not be called."""

    def __init__(self) -> None:
        super().__init__("never")

    def _next(self, messages: Any) -> str:
        raise AssertionError("the model was asked")


class Unsearched:
    """A retriever that must not be called."""

    def retrieve(self, *args: object, **options: object) -> list[Hit]:
        raise AssertionError("the store was searched")


def assistant(name: str, *guards: RuleSet, locale: str = "en-GB") -> Assistant:
    profile = load_profile(name)
    return Assistant(
        profile=profile,
        retriever=Unsearched(),
        engine=ChatEngine(name="untouchable", chat=Untouchable(), window=8192),
        guards=guards or [RuleSet.load(rules) for rules in profile.guards],
        locale=locale,
    )


def test_an_emergency_is_answered_without_search_or_model() -> None:
    answer = assistant("triage").ask(CHEST_PAIN, viewer=OWNER)
    assert (answer.refusal, answer.model) == ("emergency", "rule chest_pain")
    assert "999" in answer.text
    assert (answer.hits, answer.citations, answer.trace) == ((), (), {})


def test_the_locale_picks_the_number() -> None:
    assert "911" in assistant("triage", locale="en-US").ask(CHEST_PAIN, viewer=OWNER).text


def test_a_wish_for_a_person_is_an_escalation() -> None:
    answer = assistant("support").ask(HUMAN, viewer=OWNER)
    assert (answer.refusal, answer.text) == ("escalate", load_profile("support").escalate)


def test_a_question_outside_of_the_scope_is_refused_in_the_words_of_the_profile() -> None:
    made = assistant("legal", OFF_TOPIC)
    assert made.ask("How is the weather?", viewer=OWNER).refusal == "out_of_scope"
    spoken = replace(made, profile=made.profile.model_copy(update={"out_of_scope": "Contracts only."}))
    assert spoken.ask("How is the weather?", viewer=OWNER).text == "Contracts only."


@pytest.mark.parametrize(
    "question", [f"{CHEST_PAIN}. {'And so on. ' * 10_000}", f"{'And so on. ' * 10_000} {CHEST_PAIN}"]
)
def test_rules_come_before_the_limit_on_length(question: str) -> None:
    # Broken on purpose: checking the length first raises ConfigError here.
    assert assistant("triage").ask(question, viewer=OWNER).refusal == "emergency"


def test_a_long_question_that_no_rule_fits_is_refused_as_too_long() -> None:
    with pytest.raises(ConfigError, match=r"limits\.question"):
        assistant("triage").ask("And so on. " * 10_000, viewer=OWNER)


def test_an_emergency_of_an_earlier_turn_still_stands() -> None:
    history = [Turn(question=CHEST_PAIN, answer="Call 999.")]
    assert assistant("triage").ask("ok, what else?", history=history, viewer=OWNER).refusal == "emergency"


def test_a_ruled_answer_streams_as_one_piece() -> None:
    piece, answer = assistant("support").stream(HUMAN, viewer=OWNER)
    assert isinstance(answer, Answer)
    assert piece == answer.text


def test_a_workspace_without_store_or_model_knows_its_rules(tmp_path: Path) -> None:
    with workspace(tmp_path / "none", chat="ollama:not-there") as opened:
        answer = opened.decided_by_rules(CHEST_PAIN, assistant="triage")
        assert answer is not None
        assert answer.refusal == "emergency"
        assert opened.decided_by_rules("How do I treat a burn?", assistant="triage") is None
