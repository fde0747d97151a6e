"""What a refusal shows: what comes closest, quoted, and only where anything does; and who may refuse for a guess."""

from dataclasses import replace

import pytest

from ragkit import Answer, Assistant, Viewer
from ragkit.answering.closest import Closest
from ragkit.documents import Chunk, Hit
from ragkit.filters import Filter
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.chat.grounding import NOT_FOUND
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.extractive.choosing import Chooser
from ragkit.profile import load_profile
from ragkit.testing import ScriptedChat, WordEmbeddings

PRICE = "The Premium plan costs 49 pounds a month."
NOBODY = "Who invented the Premium plan that costs 49 pounds?"


class Shelf:
    def __init__(self, hit: Hit) -> None:
        self._hit = hit

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        return [self._hit][:limit]


def assistant(*replies: str, near: float = 0.7, text: str = PRICE) -> Assistant:
    chunk = Chunk(document_id="a", ordinal=0, text=text, start=5, end=5 + len(text), uri="plans.md", title="Plans")
    return Assistant(
        profile=load_profile("support"),
        retriever=Shelf(Hit(chunk=chunk, score=1.0, why={"dense_score": near})),
        engine=ChatEngine(name="double", chat=ScriptedChat(*replies), window=8192),
        closest=Closest(chooser=Chooser(vectors=SentenceVectors(WordEmbeddings()))),
    )


def ask(of: Assistant, question: str) -> tuple[Answer, int]:
    """Return the answer, and how often the model was asked."""
    answer = of.ask(question, viewer=Viewer.local())
    chat = of.engine.chat
    assert isinstance(chat, ScriptedChat)
    return answer, len(chat.asked)


def test_a_refusal_before_any_model_quotes_what_comes_closest() -> None:
    # Broken on purpose: `not_found` that leaves out `closest`.
    answer, calls = ask(assistant(), "How much does the Ultimate plan cost a month?")
    (closest,) = answer.closest
    assert (answer.refusal, answer.missing, calls) == ("no_evidence", ("Ultimate",), 0)
    assert (closest.quote, closest.verdict, closest.start) == (PRICE, "verbatim", 5)
    assert answer.remarks[-1] == "No answer, but this is what the documents have that comes closest:"
    assert "49" not in answer.text
    assert not answer.citations


def test_a_model_that_finds_nothing_is_a_refusal_that_quotes_as_well() -> None:
    answer, calls = ask(assistant(NOT_FOUND), "What does the Premium plan cost for a month?")
    assert (answer.refusal, calls, [each.quote for each in answer.closest]) == ("no_evidence", 1, [PRICE])


@pytest.mark.parametrize("near", [0.0, 0.1])
def test_what_is_far_from_the_question_is_not_quoted(near: float) -> None:
    # Broken on purpose: `_LEAST = 0` in closest.py.
    answer, calls = ask(assistant(near=near), "Do whales dream?")
    assert (answer.refusal, answer.closest, calls) == ("no_evidence", (), 0)
    assert "closest" not in " ".join(answer.remarks)


def test_nothing_found_quotes_nothing() -> None:
    of = assistant()
    answer, calls = ask(replace(of, limit=0), "What does the Premium plan cost?")
    assert (answer.refusal, answer.closest, calls) == ("no_evidence", (), 0)


def test_only_an_engine_that_reads_no_prompt_is_refused_for_a_guess() -> None:
    # Broken on purpose: `guesses=True` in assistant.py, and the model that reads is not asked either.
    reads = assistant(f"{PRICE} [1]")
    quotes = replace(reads, engine=replace(reads.engine, reads="passages"))
    assert ask(quotes, NOBODY)[1] == 0
    assert ask(reads, NOBODY)[1] == 1
