"""The sentences that a model reads of the passages, within a number of tokens."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.config import Config, RetrievalConfig, StoreConfig
from ragkit.documents import Chunk, Hit
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.prompting.conversation import Shown
from ragkit.prompting.excerpts import excerpts
from ragkit.prompting.nearness import Nearness
from ragkit.prompting.prompts import Prompting
from ragkit.testing import MemoryConnector, ScriptedChat, WordEmbeddings
from ragkit.text.sentences import sentences
from tests.workspaces import workspace

FILLER = "Nothing here is of any use to those who ask about other matters. " * 6


def hit(text: str, *, number: int = 0) -> Hit:
    chunk = Chunk(document_id="d", ordinal=number, text=text, start=0, end=len(text), uri="u", title="Terms")
    return Hit(chunk=chunk, score=1 / (number + 1), why={"dense_score": 0.5})


def words(text: str) -> int:
    return len(text.split())


def shown(question: str, *texts: str, budget: int = 40, nearness: Nearness | None = None) -> list[Shown]:
    hits = [hit(text, number=number) for number, text in enumerate(texts)]
    return excerpts(question, hits, budget=budget, count_tokens=words, nearness=nearness)


class Thesaurus(WordEmbeddings):
    """Knows that who resigns terminates employment."""

    def embed_query(self, text: str) -> Vectors:
        return super().embed_query(text.lower().replace("resign", "terminate employment"))


class AllAlike(WordEmbeddings):
    """Finds the same in every text."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return super().embed_documents(texts) + 1

    def embed_query(self, text: str) -> Vectors:
        return super().embed_query(text) + 1


def test_the_sentence_with_the_words_of_the_question_is_kept() -> None:
    (only,) = shown("How long is the notice period?", f"{FILLER}The notice period is sixty days. {FILLER}", budget=30)
    assert "The notice period is sixty days." in only.text
    assert "[...]" in only.text
    assert words(only.text) <= 30


def test_the_sentence_that_means_the_same_in_other_words_is_kept() -> None:
    # Broken on purpose: `if False` instead of `if nearness`.
    text = f"{FILLER}To terminate employment, write to us. {FILLER}"
    (only,) = shown("May I resign?", text, budget=20, nearness=Nearness(SentenceVectors(Thesaurus())))
    assert "To terminate employment" in only.text
    assert "terminate" not in shown("May I resign?", text, budget=20)[0].text


def test_few_sentences_are_embedded_and_none_twice() -> None:
    # Broken on purpose: without `[: nearness.most]`, or `embed_documents` instead of `SentenceVectors`.
    embedder = Thesaurus()
    nearness = Nearness(SentenceVectors(embedder), most=5)
    text = " ".join(f"Clause {number} is about number {number}." for number in range(40))
    first = shown("May I resign?", text, nearness=nearness)
    assert embedder.embedded == 5
    assert shown("May I resign?", text, nearness=nearness) == first
    assert embedder.embedded == 5


def test_what_is_far_behind_the_best_sentence_is_left_out_even_if_there_is_room() -> None:
    # Broken on purpose: `_LEAST = 0`.
    (only,) = shown("How long is the notice period?", "The notice period is sixty days.", FILLER, budget=70)
    assert only.text == "The notice period is sixty days."


def test_what_is_asked_about_a_name_is_there_beside_the_sentence_that_has_the_name() -> None:
    # Broken on purpose: without `or missing & ...` in `_wanted`.
    name = "Fennimore Quay Estates of Harbour Office"
    texts = f"{name}. {FILLER}", f"{FILLER}The deposit is 48,000 pounds. {FILLER}"
    found = shown(f"Which deposit does {name} hold?", *texts, budget=200)
    assert "The deposit is 48,000 pounds." in found[-1].text
    assert FILLER not in found[-1].text


def test_a_row_of_a_table_comes_with_the_first_one() -> None:
    # Broken on purpose: `_needs` returning empty tuples.
    rows = "\n".join(f"Plan {number} | {number} euros" for number in range(40))
    (only,) = shown("What does Plan 30 cost?", f"Name | Price\n{rows}")
    assert only.text.startswith("Name | Price")
    assert "Plan 30 | 30 euros" in only.text
    assert "Plan 3 |" not in only.text


def test_a_small_table_is_whole() -> None:
    # Broken on purpose: `is_small = False`.
    table = "Availability | Credit\n95 to 99 % | a quarter\nbelow 95 % | half"
    (only,) = shown("Which credit for an availability of 97?", f"{table}\n{FILLER}")
    assert only.text.startswith(table)
    assert FILLER not in only.text


def test_an_item_of_a_list_comes_with_what_introduces_it() -> None:
    items = "\n".join(f"- filler item {number}" for number in range(40))
    (only,) = shown("Is damage by water covered?", f"Nobody pays for:\n{items}\n- damage by water")
    assert "Nobody pays for:" in only.text
    assert "- damage by water" in only.text


def test_an_item_of_a_list_within_a_list_comes_with_all_that_introduces_it() -> None:
    # Broken on purpose: without `*needs[line]` in `_needs`.
    items = "\n".join(f"(a) filler item {number}" for number in range(40))
    text = f"1. Nobody pays for:\n{items}\n(b) damage by:\n(i) water\n(ii) fire"
    (only,) = shown("Is fire covered?", f"{text}\n{FILLER}", budget=12)
    assert all(part in only.text for part in ("Nobody pays for:", "(b) damage by:", "(ii) fire"))
    assert "filler item 20" not in only.text


def test_a_passage_comes_with_its_headings_and_none_is_said_twice() -> None:
    # Broken on purpose: `headings` returning [], or `place` all of the path.
    text = f"Refunds\n\n{FILLER}Annual plans are paid back within ten days. {FILLER}"
    chunk = replace(hit(text).chunk, heading="Terms > Refunds")
    (only,) = excerpts("Are annual plans paid back?", [Hit(chunk=chunk, score=1)], budget=30, count_tokens=words)
    assert (only.place, only.text.split("\n")[0]) == ("Terms", "Refunds")
    assert "Annual plans" in only.text
    assert Shown.whole(only.hit).place == "Terms"


def test_of_a_passage_that_was_put_together_the_better_part_counts_more() -> None:
    # Broken on purpose: `_standing` without `own / best`.
    first, second = "Notice is sixty days. ", "Notice is thirty days."
    whole = hit(f"{first}{FILLER}{second}")
    parts = [
        Hit(chunk=replace(whole.chunk, text=text, start=start, end=start + len(text)), score=score)
        for text, start, score in ((first, 0, 0.1), (second, len(whole.chunk.text) - len(second), 0.9))
    ]
    put_together = replace(whole, parts=tuple(parts))
    (only,) = excerpts("Notice?", [put_together], budget=16, count_tokens=words)
    assert "thirty" in only.text
    assert "sixty" not in only.text


def test_what_all_sentences_have_in_common_says_nothing() -> None:
    # Broken on purpose: `common = 0`.
    asked = "copies of keys", ["keep no copies", "the keys of doors", "two lamps"]
    near, alike = (Nearness(SentenceVectors(one)).cosines(*asked) for one in (WordEmbeddings(), AllAlike()))
    assert alike == pytest.approx(near, abs=1e-4)


def test_a_passage_without_a_chosen_sentence_is_told_as_left_out() -> None:
    hits = [hit(f"The notice period is sixty days. {FILLER}"), hit(FILLER, number=1)]
    engine = ChatEngine(name="words", chat=ScriptedChat(), window=2000, count_tokens=words)
    prompt = Prompting(engine=engine, budget=20).prompt("How long is the notice period?", hits, instructions="")
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


def test_the_settings_have_a_model_read_what_is_near_by_meaning(tmp_path: Path) -> None:
    # Broken on purpose: `nearness=None` in Pipeline.assistant, or in Writer.write.
    config = Config(store=StoreConfig(path=tmp_path), retrieval=RetrievalConfig(prompt_tokens=25, evidence=0))
    chat = ScriptedChat("To terminate employment, write to us [1].")
    with workspace(tmp_path, chat=chat, embedding=Thesaurus(), config=config) as opened:
        opened.ingest(MemoryConnector({"a.md": f"# Terms\n\n{FILLER}To terminate employment, write to us. {FILLER}"}))
        opened.assistant("support").ask("May I resign from my post?", viewer=opened.store.owner)
    assert "To terminate employment" in str(chat.asked[0][-1].content)
    assert FILLER not in str(chat.asked[0][-1].content)
