from datetime import UTC, datetime

import pytest

from ragkit.answer import Answer
from ragkit.answering.plain import plain
from ragkit.documents import Viewer
from ragkit.profile import load_profile
from ragkit.workspace import Workspace
from ragkit_apps.session import Exchange
from ragkit_apps.transcript import inert, transcript

WHEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["legal", "support", "triage"])
def test_the_notice_and_the_disclaimer_are_always_in_it(name: str) -> None:
    profile = load_profile(name)
    text = transcript(profile, [], written=WHEN)
    assert text.index(profile.notice) < text.index(profile.disclaimer)


def test_an_answer_comes_with_its_sources_and_its_model(workspace: Workspace) -> None:
    answer = workspace.assistant("support").ask("How long does a refund take?", viewer=Viewer.local())
    text = transcript(load_profile("support"), [Exchange(question=answer.question, answer=answer)], written=WHEN)
    assert "Refunds \\> How long it takes (refunds.md): “A refund takes five working days.” — word for word" in text
    assert "Written by ScriptedChat" in text


def test_nothing_in_it_acts_as_markdown() -> None:
    hostile = Answer(question="x", text="![x](http://203.0.113.7/a.png) <img src=y> [a][b]", model="m")
    text = transcript(load_profile("support"), [Exchange(question="# <b>x</b>", answer=hostile)], written=WHEN)
    assert "![" not in text
    assert "<img" not in text.replace("\\<", "")
    assert "http:" not in text


def test_plain_words_stay_as_they_are() -> None:
    assert inert("Refunds take 5 days (or less), says Ann.") == "Refunds take 5 days (or less), says Ann."


def test_whom_to_call_stands_in_what_is_taken_from_an_assistant_for_health() -> None:
    # Broken on purpose: `transcript` without `emergency.line`.
    text = transcript(load_profile("triage"), [], written=WHEN, locale="en-GB")
    assert "**999**" in text
    assert "**116 123**" in text
    assert "999" not in transcript(load_profile("support"), [], written=WHEN, locale="en-GB")


def test_a_copied_answer_has_its_sources_and_the_disclaimer(workspace: Workspace) -> None:
    answer = workspace.assistant("support").ask("How long does a refund take?", viewer=Viewer.local())
    text = plain(answer)
    assert text.startswith("A refund takes five working days [1].")
    assert "[1] Refunds > How long it takes (refunds.md): “A refund takes five working days.” — word for word" in text
    assert text.endswith(load_profile("support").disclaimer)
