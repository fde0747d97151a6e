"""The sentences that a model reads of the passages, within a number of tokens."""

from pathlib import Path

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
from ragkit.prompting.prompts import write_prompt
from ragkit.sentences import sentences
from ragkit.testing import MemoryConnector, ScriptedChat, WordEmbeddings
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


def test_the_settings_have_a_model_read_what_is_near_by_meaning(tmp_path: Path) -> None:
    # Broken on purpose: `nearness=None` in Pipeline.assistant, or in Writer.write.
    config = Config(store=StoreConfig(path=tmp_path), retrieval=RetrievalConfig(prompt_tokens=25, evidence=0))
    chat = ScriptedChat("To terminate employment, write to us [1].")
    with workspace(tmp_path, chat=chat, embedding=Thesaurus(), config=config) as opened:
        opened.ingest(MemoryConnector({"a.md": f"# Terms\n\n{FILLER}To terminate employment, write to us. {FILLER}"}))
        opened.assistant("support").ask("May I resign from my post?", viewer=opened.store.owner)
    assert "To terminate employment" in str(chat.asked[0][-1].content)
    assert FILLER not in str(chat.asked[0][-1].content)
