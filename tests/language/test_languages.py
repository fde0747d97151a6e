"""Answers in the language of the question: what ragkit says itself, and what it asks of the model."""

from pathlib import Path
from string import Formatter

import pytest

from ragkit import Answer, Assistant, Turn, Viewer
from ragkit.answering.followups import turn_of
from ragkit.documents import Chunk, Hit
from ragkit.errors import ConfigError
from ragkit.filters import Filter
from ragkit.guards.rules import RuleSet
from ragkit.language.messages import Messages, english, shipped
from ragkit.models.chat.engine import ChatEngine
from ragkit.profile import Profile, load_profile
from ragkit.testing import MemoryConnector, ScriptedChat
from tests.workspaces import workspace

OWNER = Viewer.local()
SUPPORT = load_profile("support")
GERMAN = "Wie lange dauert eine Rückerstattung, und wer darf sie beantragen?"
ENGLISH_TEXT = "A refund takes five working days and goes back to your card."
GERMAN_TEXT = "Eine Rückerstattung dauert fünf Werktage und geht auf die Karte zurück."
HR = """
name = "hr"
title = "HR"
instructions = "Quote."
notice = "I am an AI."
not_found = "The handbook does not say."
"""


class Shelf:
    """A retriever that brings the same passage whatever is asked."""

    def __init__(self, text: str, near: float) -> None:
        self._hits = [_hit(text, near)] if text else []

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        return self._hits


def _hit(text: str, near: float) -> Hit:
    chunk = Chunk(document_id="a", ordinal=0, text=text, start=0, end=len(text), uri="a.md", title="Hilfe")
    return Hit(chunk=chunk, score=1.0, why={"dense_score": near})


def assistant(text: str, *, near: float = 0.9, profile: Profile = SUPPORT, guard: str = "") -> Assistant:
    engine = ChatEngine(name="double", chat=ScriptedChat(f"{text} [1]"), window=8192)
    guards = [RuleSet.load(guard)] if guard else []
    return Assistant(profile=profile, retriever=Shelf(text, near), engine=engine, guards=guards)


def instructions(of: Assistant) -> str:
    """Return what the model was told before the passages."""
    chat = of.engine.chat
    assert isinstance(chat, ScriptedChat)
    return str(chat.asked[-1][0].content)


def own(folder: Path, *lines: str) -> Profile:
    """Return a profile of one's own with these lines at its end."""
    file = folder / "hr.toml"
    file.write_text("\n".join([HR, *lines]), encoding="utf-8")
    return load_profile(str(file))


@pytest.mark.parametrize("code", sorted(shipped()))
def test_every_shipped_language_says_everything(code: str) -> None:
    spoken = shipped()[code]
    said_by_profiles = {"notice", "disclaimer", "not_found", "escalate", "out_of_scope"}
    lacking = {key for key, text in spoken if not text} - said_by_profiles
    assert lacking <= {"letters"}
    assert {*spoken.called} == {*shipped(), "other"}


@pytest.mark.parametrize("code", sorted(shipped()))
def test_every_sentence_has_the_same_places_to_fill_in(code: str) -> None:
    for key, text in shipped()[code]:
        if isinstance(text, str):
            assert _places(text) == _places(str(getattr(english(), key))), key


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", ["legal", "support", "triage"])
@pytest.mark.parametrize("code", sorted({*shipped()} - {"en"}))
def test_shipped_assistants_speak_every_language(name: str, code: str) -> None:
    profile = load_profile(name)
    said = profile.messages[code]
    for key in ("notice", "disclaimer", "not_found", "escalate"):
        assert bool(getattr(said, key)) == bool(getattr(profile, key)), key


def test_a_refusal_is_in_the_language_of_the_question() -> None:
    # Broken on purpose: `messages=` left out of the Answer that Assistant._found makes.
    answer = assistant("").ask(GERMAN, viewer=OWNER)
    assert (answer.refusal, answer.text) == ("no_evidence", SUPPORT.messages["de"].not_found)
    assert (answer.to_dict()["language"], answer.refused_as) == ("de", "Nicht in den Dokumenten")
    assert answer.origin.startswith("Kein Modell wurde gefragt")


def test_a_question_in_english_is_answered_as_ever() -> None:
    answer = assistant("").ask("How long does a refund take?", viewer=OWNER)
    assert (answer.text, answer.messages.language) == (SUPPORT.not_found, "en")


def test_a_follow_up_that_shows_no_language_keeps_the_conversations() -> None:
    history = [Turn(question=GERMAN, answer="Fünf Tage.")]
    assert assistant("").ask("Business?", history=history, viewer=OWNER).messages.language == "de"
    assert assistant("").ask("What about the others?", history=history, viewer=OWNER).messages.language == "en"


def test_a_suggestion_taken_up_keeps_the_language() -> None:
    # Broken on purpose: `if text not in offered` taken out of `typed`.
    offered = "Refunds: Who may ask for it and when?"
    before = turn_of(Answer(question=GERMAN, text="Fünf Tage.", suggestions=(offered,)))
    assert assistant("").ask(offered, history=[before], viewer=OWNER).messages.language == "de"


def test_passages_in_another_language_are_quoted_and_not_translated() -> None:
    # Broken on purpose: `in_their_words` returns the instructions as they are.
    asked = assistant(ENGLISH_TEXT)
    answer = asked.ask(GERMAN, viewer=OWNER)
    assert "Write in English, the language of the passages. Do not translate." in instructions(asked)
    assert [citation.verdict for citation in answer.citations] == ["verbatim"]
    assert answer.remarks[0].startswith("Die Dokumente sind auf Englisch. Die Antwort bleibt bei deren Wortlaut")


def test_passages_in_the_language_of_the_question_are_answered_in_it() -> None:
    asked = assistant(GERMAN_TEXT)
    answer = asked.ask(GERMAN, viewer=OWNER)
    assert "Write in German" in instructions(asked)
    assert answer.remarks == ()


def test_english_passages_and_an_english_question_leave_the_prompt_alone() -> None:
    asked = assistant(ENGLISH_TEXT)
    assert asked.ask("How long does a refund take?", viewer=OWNER).refusal is None
    assert "Write in" not in instructions(asked)


def test_a_refusal_says_which_language_would_find_more() -> None:
    answer = assistant(ENGLISH_TEXT, near=0.0).ask(GERMAN, viewer=OWNER)
    assert answer.refusal == "no_evidence"
    assert "Mit einer Frage auf Englisch wird mehr gefunden." in answer.remarks[0]


def test_rules_answer_in_the_language_of_the_question() -> None:
    handed = assistant("", guard="escalation").ask("Ich möchte bitte mit einem Menschen sprechen", viewer=OWNER)
    assert (handed.refusal, handed.text) == ("escalate", SUPPORT.messages["de"].escalate)
    alarm = assistant("", guard="redflags").ask("Tengo un dolor muy fuerte en el pecho", viewer=OWNER)
    assert alarm.refusal == "emergency"
    assert alarm.text.startswith("Esto puede ser una emergencia. Llame ahora al")


def test_the_catalog_answers_in_the_language_of_the_question(tmp_path: Path) -> None:
    with workspace(tmp_path / "store", chat=ScriptedChat("never")) as opened:
        opened.ingest(MemoryConnector({"a.md": "# A\n\nEins.", "b.md": "# B\n\nZwei."}, name="s"))
        texts = [
            opened.assistant("support").ask(question, viewer=OWNER).text
            for question in ("Wie viele Dokumente gibt es?", "Quels documents y a-t-il ?", "¿Cuántos documentos hay?")
        ]
    assert texts == ["2 Dokumente.", "2 documents:\n- A (a.md)\n- B (b.md)", "2 documentos."]


def test_what_a_profile_does_not_say_comes_in_its_own_language(tmp_path: Path) -> None:
    answer = assistant("", profile=own(tmp_path)).ask(GERMAN, viewer=OWNER)
    assert (answer.text, answer.messages.suggestions) == (
        "The handbook does not say.",
        "Als Nächstes könnten Sie fragen",
    )


def test_a_profile_may_add_a_language_and_change_a_sentence(tmp_path: Path) -> None:
    words = 'words = "hur länge kan jag är ledig på det och"'
    added = own(tmp_path, "[messages.sv]", words, 'not_found = "Det står inte i handboken."')
    answer = assistant("", profile=added).ask("Hur länge kan jag vara ledig?", viewer=OWNER)
    assert (answer.text, answer.messages.language) == ("Det står inte i handboken.", "sv")
    assert answer.messages.sources == "Sources"
    assert own(tmp_path, "[messages.de]", 'sources = "Belege"').speaks([GERMAN]).sources == "Belege"


def test_a_profile_in_another_language_speaks_it_where_no_question_shows_one(tmp_path: Path) -> None:
    german = own(tmp_path, 'language = "de"')
    assert (german.main.sources, german.speaks(["API?"]).language) == ("Quellen", "de")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('not_fuond = "x"', "Did you mean 'not_found'"),
        ('page = "Seite {numer}"', "messages.de.page: {numer}"),
        ('page = "Seite {"', "messages.de.page"),
    ],
)
def test_a_slip_in_a_profiles_messages_is_named(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named.replace("{", r"\{")):
        own(tmp_path, "[messages.de]", line)


def test_messages_of_one_language_go_over_those_of_another() -> None:
    assert Messages(sources="Belege").over(shipped()["de"]).page == "Seite {number}"
    assert english().in_language("xx") == "in another language"
