"""What was cited sentence by sentence is shown as one quotation a passage."""

import pytest

from ragkit.answer import Citation
from ragkit.answering.quotations import quotations
from ragkit.documents import Chunk
from ragkit.quotes import Verdict

TEXT = "Refunds take five days. They go to your card. Cheques are refused.\n\n1. Open the page;\n2. Ask there."
AT = 40


def cited(words: str, verdict: Verdict = "verbatim", *, marker: int = 1, sentence: str = "") -> Citation:
    """Cite words of a passage that begins at `AT` of its document; of words that it lacks, the whole passage."""
    place = TEXT.find(words)
    start, end = (place, place + len(words)) if place >= 0 else (0, len(TEXT))
    chunk = Chunk(
        document_id="d", ordinal=0, text=TEXT, start=AT, end=AT + len(TEXT), uri="refunds.md", title="Refunds"
    )
    quote = words if place >= 0 else ""
    return Citation(
        marker=marker, chunk=chunk, quote=quote, start=AT + start, end=AT + end, verdict=verdict, sentence=sentence
    )


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["Refunds take five days.", "They go to your card."], ["Refunds take five days. They go to your card."]),
        (["Refunds take five days.", "Cheques are refused."], ["Refunds take five days. … Cheques are refused."]),
        (["Cheques are refused.", "They go to your card."], ["They go to your card. Cheques are refused."]),
        (["Open the page;", "Ask there."], ["Open the page;", "Ask there."]),
        (["Open the page", "Ask there."], ["Open the page", "Ask there."]),
        (["Cheques are refused.", "Ask there."], ["Cheques are refused.", "… Ask there."]),
        (["Refunds take five days.", "take five days."], ["Refunds take five days."]),
    ],
)
def test_one_passage_is_quoted_once_in_its_order(words: list[str], lines: list[str]) -> None:
    # Broken on purpose: without `sorted` in `_joined` the third is turned round, with "" for "… " the second runs on.
    [found] = quotations([cited(each) for each in words])
    assert list(found.lines) == lines


def test_every_word_of_a_quotation_stands_where_its_spans_say() -> None:
    # Broken on purpose: `spans[:1]` in `_quotation`, and the page marks the first sentence alone.
    [found] = quotations([cited("Refunds take five days."), cited("Cheques are refused.")])
    assert [TEXT[start - AT : end - AT] for start, end in found.spans] == [
        "Refunds take five days.",
        "Cheques are refused.",
    ]


def test_different_verdicts_stay_apart() -> None:
    # Broken on purpose: without the verdict in the key a paraphrase is shown as word for word.
    found = quotations([cited("Refunds take five days."), cited("They go to your card.", "paraphrase")])
    assert [(one.verdict, len(one.lines)) for one in found] == [("verbatim", 1), ("paraphrase", 1)]


def test_what_is_not_verified_is_shown_in_the_words_of_the_answer_and_never_joined() -> None:
    invented = [cited("", "unsupported", sentence=said) for said in ("Gold comes by pigeon.", "Silver comes by sea.")]
    assert [(one.verified, one.lines) for one in quotations(invented)] == [
        (False, ("Gold comes by pigeon.",)),
        (False, ("Silver comes by sea.",)),
    ]


def test_passages_come_in_the_order_in_which_they_are_cited() -> None:
    found = quotations([cited("Open the page;", marker=2), cited("Ask there."), cited("Ask there.", marker=2)])
    assert [(one.marker, len(one.lines)) for one in found] == [(2, 2), (1, 1)]
