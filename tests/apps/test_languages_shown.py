"""Answers on the page in the language of the question, and where else a source's words stand."""

from pathlib import Path

from ragkit.testing import ScriptedChat
from tests.apps.screens import ANSWER, REFUNDS, ask, chat_page, filled_workspace, labels, written

GERMAN = "Wie lange dauert eine Rückerstattung, und wer darf sie beantragen?"


def test_a_refusal_and_the_notice_are_in_the_language_of_the_question(folder: Path) -> None:
    # Broken on purpose: `_spoken` in ragkit_apps/chat.py returns `profile.main`.
    page = ask(chat_page(filled_workspace(folder, ScriptedChat("NOT_FOUND"))), GERMAN)
    shown = written(page)
    assert not page.exception
    assert "Ich bin ein KI-Assistent." in shown
    assert "Nicht in den Dokumenten" in shown
    assert "Antwort eines KI-Systems" in shown


def test_labels_beside_an_answer_are_in_the_language_of_the_conversation(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(ANSWER))), "Bitte, ich habe eine Frage an Sie.")
    page = ask(page, "Refund takes five working days?")
    assert not page.exception
    assert '<div class="rk-label">Quellen</div>' in written(page)
    assert "Abschnitt öffnen" in labels(page)


def test_a_source_says_where_else_its_words_stand(folder: Path) -> None:
    # Broken on purpose: without `_repeats(...)` in ragkit_apps/citations.py the copy is not named.
    texts = {"support/help": {"refunds.md": REFUNDS}, "support/old": {"old.md": REFUNDS}}
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(ANSWER), texts)), "How long does a refund take?")
    assert "The same again: Refunds &gt; How long it takes (" in written(page)
