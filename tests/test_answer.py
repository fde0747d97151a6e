import pytest

from ragkit.answering.checking import check
from ragkit.documents import Chunk, Hit
from ragkit.quotes import find, support

REFUNDS = "Refunds for annual plans are paid within 10 working days. Monthly plans are not refunded."
CAPS = "Liability is capped at 100,000 pounds in any year. The cap does not apply to fraud."


def hit(text: str, *, start: int = 0, uri: str = "a") -> Hit:
    chunk = Chunk(document_id=uri, ordinal=0, text=text, start=start, end=start + len(text), uri=uri, title=uri)
    return Hit(chunk=chunk, score=1.0)


HITS = [hit(REFUNDS, start=40), hit(CAPS, uri="b")]


def test_a_sentence_that_stands_in_the_source_is_cited_word_for_word() -> None:
    checked = check("Refunds for annual plans are paid within 10 working days. [1]", HITS)
    (citation,) = checked.citations
    assert citation.verdict == "verbatim"
    assert citation.quote == "Refunds for annual plans are paid within 10 working days."
    assert (citation.start, citation.end) == (40, 40 + len(citation.quote))
    assert checked.refusal is None


def test_other_words_with_the_same_facts_are_a_paraphrase() -> None:
    checked = check("For annual plans, a refund is paid within ten working days [1].", HITS)
    assert [citation.verdict for citation in checked.citations] == ["paraphrase"]


# Broken on purpose: a negation passed over in `alignment._step` lets "are refunded" through. The changed number has
# three guards: it comes only without those of `_verified` and `_holding`, and with all numbers alike in `Token.meets`.
@pytest.mark.parametrize(
    "sentence",
    [
        "Refunds for annual plans are paid within 14 working days [1].",
        "Refunds for annual plans are not paid within 10 working days [1].",
        "Monthly plans are refunded [1].",
        'The help centre says "refunds are paid within a single day" [1].',
        "Your cat will be refunded by the moon [1].",
    ],
)
def test_what_the_source_does_not_say_is_not_verified(sentence: str) -> None:
    checked = check(sentence, HITS)
    assert [citation.verified for citation in checked.citations] == [False]
    assert checked.citations[0].quote == ""
    assert checked.refusal == "uncited"


def test_a_true_sentence_with_the_wrong_number_is_misattributed() -> None:
    checked = check("Liability is capped at 100,000 pounds in any year [1].", HITS)
    assert [citation.verdict for citation in checked.citations] == ["misattributed"]


def test_an_invented_marker_is_kept_and_told() -> None:
    checked = check("Monthly plans are not refunded [1]. Everything is free [9].", HITS)
    assert checked.unknown_markers == (9,)
    assert "[9]" in checked.text
    assert [citation.marker for citation in checked.citations] == [1]


def test_a_sentence_without_a_marker_gets_the_one_of_the_passage_that_says_it() -> None:
    checked = check("Sure! Monthly plans are not refunded.", HITS)
    assert checked.text == "Sure! Monthly plans are not refunded. [1]"
    assert checked.citations[0].verified


def test_several_markers_behind_one_sentence_are_each_checked() -> None:
    checked = check("Monthly plans are not refunded [1, 2].", HITS)
    assert [(c.marker, c.verdict) for c in checked.citations] == [(1, "verbatim"), (2, "misattributed")]


def test_a_bare_not_found_is_a_refusal() -> None:
    checked = check("NOT_FOUND", HITS)
    assert (checked.text, checked.refusal, checked.citations) == ("", "no_evidence", ())


def test_list_items_are_sentences() -> None:
    text = "- Monthly plans are not refunded [1]\n- The cap does not apply to fraud [2]"
    assert [citation.verdict for citation in check(text, HITS).citations] == ["verbatim", "verbatim"]


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("paid  within\n10 days", "It is paid within 10 days."),
        ("PAID within 10 days!", "paid within 10 days"),
        ("the ﬁnal oﬃce", "the final office"),
        ("the final office", "the ﬁnal oﬃce"),
        ("“ten” days", 'He said "ten" days.'),
    ],
)
def test_case_space_and_letter_forms_make_no_difference(quote: str, source: str) -> None:
    assert find(quote, source)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("within 10 days", "within 100 days"),
        ("10% of fees", "10 of fees"),
        ("£10 a month", "$10 a month"),
        ("is refunded", "is not refunded"),
        ("", "anything"),
    ],
)
def test_any_other_difference_does(quote: str, source: str) -> None:
    assert find(quote, source) is None


def test_a_quote_in_a_sentence_is_what_counts() -> None:
    found = support('The page promises "Monthly plans are not refunded", which is clear.', REFUNDS)
    assert found.verdict == "verbatim"
    assert REFUNDS[found.span.start : found.span.end].startswith("Monthly plans")
