"""A prompt goes on from the last one, so that a model reads only what is new."""

from dataclasses import replace

from langchain_core.messages import BaseMessage

from ragkit.documents import Chunk, Document, Hit
from ragkit.filters import Equals
from ragkit.models.chat import ChatEngine
from ragkit.prompting.conversation import Shown, Turn, said, standing
from ragkit.prompting.prompts import Prompt, write_prompt
from ragkit.sentences import Span
from ragkit.testing import ScriptedChat

ENGINE = ChatEngine(name="words", chat=ScriptedChat(), window=2000, count_tokens=lambda text: len(text.split()))
TEXTS = {name: f"{name} is about {name}. " * 5 for name in "abcdefgh"}


def hit(name: str) -> Hit:
    text = TEXTS[name]
    return Hit(
        chunk=Chunk(document_id=name, ordinal=0, text=text, start=7, end=7 + len(text), uri=name, title=""), score=1
    )


def document(name: str) -> Document:
    return Document(uri=name, text=" " * 7 + TEXTS[name], source="s", revision="1", title="")


def prompt(names: str, *history: Turn, question: str = "Why?", engine: ChatEngine = ENGINE) -> Prompt:
    return write_prompt(
        question, [hit(name) for name in names], instructions="Be kind.", history=history, engine=engine
    )


def turn(written: Prompt, *, reply: str = "So it is [1].") -> Turn:
    return Turn(question="Why?", answer=reply, seen=replace(written.seen, reply=reply))


def texts(messages: list[BaseMessage]) -> list[str]:
    return [str(message.content) for message in messages]


def test_a_follow_up_on_the_same_passages_adds_nothing_but_itself() -> None:
    # Broken on purpose: `if True` instead of the condition in _gone_on, or `lacking` returning its argument.
    first = prompt("abcd")
    second = prompt("dcba", turn(first), question="And then?")
    assert texts(second.messages) == [*texts(first.messages), "So it is [1].", "Question: And then?"]
    assert second.shown == first.shown


def test_a_new_passage_gets_the_next_number_and_stands_before_the_question() -> None:
    second = prompt("acde", turn(prompt("abcd")))
    assert [one.chunk.uri for one in second.shown] == ["a", "b", "c", "d", "e"]
    assert texts(second.messages)[-1].startswith("[5] <<<")
    assert texts(second.messages)[-1].endswith("Question: Why?")


def test_a_third_turn_goes_on_from_both() -> None:
    first = prompt("abcd")
    second = prompt("abce", turn(first))
    third = prompt("abde", turn(first), turn(second))
    assert texts(third.messages)[: len(second.messages)] == texts(second.messages)
    assert len(third.shown) == 5


def test_another_subject_begins_anew_and_old_markers_are_taken_out() -> None:
    second = prompt("efgh", turn(prompt("abcd")))
    assert texts(second.messages)[1:3] == ["Why?", "So it is."]
    assert [one.chunk.uri for one in second.shown] == ["e", "f", "g", "h"]


def test_what_no_longer_fits_begins_anew() -> None:
    small = replace(ENGINE, window=330)
    first = prompt("abcd", engine=small)
    second = prompt("abce", turn(first, reply="long " * 60), engine=small)
    assert [one.chunk.uri for one in second.shown] == ["a", "b", "c", "e"]


def test_passages_of_a_model_that_reads_no_prompt_are_those_that_were_found() -> None:
    quoting = replace(ENGINE, reads="passages")
    assert [one.chunk.uri for one in prompt("ab", turn(prompt("abc")), engine=quoting).shown] == ["a", "b"]


def test_a_passage_that_was_read_in_part_is_completed() -> None:
    part = Shown(hit=hit("a"), spans=(Span(0, 16),))
    seen = replace(prompt("a").seen, shown=(part,))
    second = prompt("a", Turn(question="Why?", answer="So.", seen=seen))
    assert [one.chunk.uri for one in second.shown] == ["a", "a"]


def test_a_passage_that_is_gone_or_hidden_ends_what_was_seen() -> None:
    # Broken on purpose: `_stands` returning True lets a forgotten passage into the next prompt.
    history = [turn(prompt("ab"))]
    assert standing(history, [hit("a")], where=None, read=document) == history
    assert standing(history, [hit("a")], where=None, read=lambda _: None)[0].seen is None


def test_a_passage_that_has_changed_ends_what_was_seen() -> None:
    history = [turn(prompt("ab"))]
    changed = standing(history, [], where=None, read=lambda name: replace(document(name), text="another"))
    assert changed[0].seen is None


def test_another_filter_ends_what_was_seen() -> None:
    history = [turn(prompt("ab"))]
    assert standing(history, [hit("a"), hit("b")], where=Equals("year", 2024), read=document)[0].seen is None


def test_a_reply_is_kept_as_written_unless_the_check_took_words_away() -> None:
    assert said("Five days.\n", "Five days [1].") == "Five days.\n"
    assert said("Five days. Gold coins.", "Five days [1].") == "Five days [1]."


def test_gaps_in_a_passage_are_marked() -> None:
    text = "One. Two. Three.\nFour."
    whole = Hit(chunk=Chunk(document_id="d", ordinal=0, text=text, start=0, end=len(text), uri="u", title=""), score=1)
    shown = Shown(hit=whole, spans=(Span(5, 9), Span(17, 22)))
    assert shown.text == "[...] Two.\n[...]\nFour."
