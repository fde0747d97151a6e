"""The sentences that a model reads of the passages, within a number of tokens."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.documents import Chunk, Hit
from ragkit.models.chat import ChatEngine
from ragkit.prompting.conversation import Shown
from ragkit.prompting.excerpts import excerpts
from ragkit.prompting.prompts import write_prompt
from ragkit.sentences import sentences
from ragkit.testing import ScriptedChat

FILLER = "Nothing here is of any use to those who ask about other matters. " * 6


def hit(text: str, *, number: int = 0) -> Hit:
    chunk = Chunk(document_id="d", ordinal=number, text=text, start=0, end=len(text), uri="u", title="Terms")
    return Hit(chunk=chunk, score=1 / (number + 1), why={"dense_score": 0.5})


def words(text: str) -> int:
    return len(text.split())


def shown(question: str, *texts: str, budget: int = 40) -> list[Shown]:
    hits = [hit(text, number=number) for number, text in enumerate(texts)]
    return excerpts(question, hits, budget=budget, count_tokens=words)


def test_the_sentence_with_the_words_of_the_question_is_kept() -> None:
    (only,) = shown("How long is the notice period?", f"{FILLER}The notice period is sixty days. {FILLER}", budget=30)
    assert "The notice period is sixty days." in only.text
    assert "[...]" in only.text
    assert words(only.text) <= 30


def test_what_fits_is_whole() -> None:
    texts = ("One two.", "Three four.")
    assert [one.text for one in shown("five?", *texts, budget=60)] == list(texts)


def test_a_row_of_a_table_comes_with_the_first_one() -> None:
    # Broken on purpose: `_needs` returning empty tuples.
    rows = "\n".join(f"Plan {number} | {number} euros" for number in range(40))
    (only,) = shown("What does Plan 30 cost?", f"Name | Price\n{rows}")
    assert only.text.startswith("Name | Price")
    assert "Plan 30 | 30 euros" in only.text


def test_an_item_of_a_list_comes_with_what_introduces_it() -> None:
    items = "\n".join(f"- filler item {number}" for number in range(40))
    (only,) = shown("Is damage by water covered?", f"Nobody pays for:\n{items}\n- damage by water")
    assert "Nobody pays for:" in only.text
    assert "- damage by water" in only.text


def test_a_passage_without_a_chosen_sentence_is_told_as_left_out() -> None:
    hits = [hit(f"The notice period is sixty days. {FILLER}"), hit(FILLER, number=1)]
    engine = ChatEngine(name="words", chat=ScriptedChat(), window=2000, count_tokens=words)
    prompt = write_prompt("How long is the notice period?", hits, instructions="", engine=engine, budget=20)
    assert (prompt.shown, prompt.omitted) == ((hits[0],), (hits[1],))


def test_no_hits_are_no_passages() -> None:
    assert shown("Why?") == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet="ab .|:\n-1", max_size=200), max_size=5), st.integers(min_value=1, max_value=60))
def test_sentences_are_never_broken(texts: list[str], budget: int) -> None:
    for one in shown("a ab b", *texts, budget=budget):
        text = one.hit.chunk.text
        assert one.spans == tuple(sorted(one.spans, key=lambda span: span.start))
        assert set(one.spans) <= {*sentences(text)} or one == Shown.whole(one.hit)
