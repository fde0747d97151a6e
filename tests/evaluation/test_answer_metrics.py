"""Each measure of an answer on its own: what it counts, and where it does not apply."""

from dataclasses import replace

import pytest

from ragkit.answer import COUNTED, Answer, Citation, Refusal
from ragkit.documents import Chunk, Hit
from ragkit.evaluation.answers.faults import faults
from ragkit.evaluation.answers.metrics import METRICS, Asked, measured, numbers_of, plain
from ragkit.evaluation.sets.cases import Case

TEXTS = {
    "lease.md": "Notice is given 30 days before the end. The fee for the keys is GBP 1,250,000.",
    "pets.md": "A tenant may keep one small dog in the flat.",
}
HITS = tuple(
    Hit(chunk=Chunk(document_id=uri, ordinal=0, text=text, start=0, end=len(text), uri=uri, title=uri), score=1.0)
    for uri, text in TEXTS.items()
)
CASE = Case(id="1", question="How long is the notice?", documents=("lease.md",), must_say=(("30 days", "a month"),))
UNANSWERABLE = Case(id="2", question="Who won the cup?", answerable=False)


def cited(quote: str) -> Citation:
    """Return a verified citation of words of a document, or one that no document supports."""
    for number, hit in enumerate(HITS, start=1):
        start = hit.chunk.text.find(quote)
        if start >= 0:
            end = start + len(quote)
            return Citation(marker=number, chunk=hit.chunk, quote=quote, start=start, end=end, verdict="verbatim")
    return Citation(marker=1, chunk=HITS[0].chunk, quote="", start=0, end=1, verdict="unsupported")


def answered(text: str, *quotes: str, model: str = "m") -> Answer:
    return Answer(question="?", text=text, hits=HITS, citations=tuple(map(cited, quotes)), model=model)


def refused(kind: Refusal, text: str = "The documents do not say.") -> Answer:
    return Answer(question="?", text=text, refusal=kind)


def values(case: Case, answer: Answer) -> dict[str, float | None]:
    return measured(Asked(case=case, answer=answer, span=lambda uri, start, end: TEXTS[uri][start:end]))


def told(case: Case, answer: Answer) -> tuple[str, ...]:
    asked = Asked(case=case, answer=answer, span=lambda uri, start, end: TEXTS[uri][start:end])
    return faults(asked, measured(asked))


NOTICE, DOG = "Notice is given 30 days before the end.", "one small dog"
GOOD = answered("Notice is given 30 days before the end [1].", NOTICE)


def test_a_right_answer_has_the_best_of_every_measure_that_applies() -> None:
    found = values(CASE, GOOD)
    assert list(found) == list(METRICS)
    assert {name for name, value in found.items() if value is None} == {
        "unsaid", "abstention_precision", "abstention_recall",
    }  # fmt: skip
    assert {value for value in found.values() if value is not None} == {1.0}
    assert told(CASE, GOOD) == ()


def test_each_fact_counts_once_in_whatever_wording_case_and_white_space() -> None:
    case = replace(CASE, must_say=(("a month", "30  DAYS"), ("a dog",)))
    assert values(case, GOOD)["said"] == 0.5
    assert "does not say 'a dog'" in told(case, GOOD)


def test_what_a_marker_parts_is_said_all_the_same() -> None:
    assert plain("Thirty [1]\n days [2, 3].") == "thirty days."


@pytest.mark.parametrize(
    ("wordings", "value"), [((), None), (("60 days",), 1.0), (("60 days", "30 days"), 0.5), (("30 DAYS",), 0.0)]
)
def test_what_must_not_be_said_is_looked_for(wordings: tuple[str, ...], value: float | None) -> None:
    assert values(replace(CASE, must_not_say=wordings), GOOD)["unsaid"] == value


# Each row: what the case expects, what came, then refusal, abstention precision and abstention recall.
@pytest.mark.parametrize(
    ("case", "came", "expected"),
    [
        (CASE, None, (1, None, None)),
        (CASE, "no_evidence", (0, 0, None)),
        (CASE, "emergency", (0, None, None)),
        (UNANSWERABLE, None, (0, None, 0)),
        (UNANSWERABLE, "no_evidence", (1, 1, 1)),
        (UNANSWERABLE, "uncited", (1, 1, 1)),
        (UNANSWERABLE, "emergency", (0, None, 0)),
        (replace(UNANSWERABLE, refusal="out_of_scope"), "no_evidence", (0, 1, 1)),
        (replace(CASE, refusal="emergency"), "emergency", (1, None, None)),
        (replace(CASE, refusal="emergency"), "no_evidence", (0, 0, None)),
        (Case(id="3", question="?"), "no_evidence", (None, None, None)),
    ],
)
def test_a_refusal_is_held_against_what_the_case_expects(
    case: Case, came: Refusal | None, expected: tuple[float | None, ...]
) -> None:
    # Broken on purpose: with an alarm counted as an abstention, three rows fail.
    found = values(case, refused(came) if came else GOOD)
    assert (found["refusal"], found["abstention_precision"], found["abstention_recall"]) == expected


def test_a_wrong_refusal_says_nothing_and_a_right_one_can_be_held_to_its_words() -> None:
    # Broken on purpose: without `is_shown` a refusal that repeats the question says what it must.
    assert values(CASE, refused("no_evidence", "30 days: not found."))["said"] == 0
    alarm = replace(CASE, refusal="emergency", must_say=(("999",),))
    assert values(alarm, refused("emergency", "Call 999 now."))["right"] == 1
    assert values(alarm, refused("emergency", "Wait."))["right"] == 0


def test_only_verified_citations_of_named_documents_count() -> None:
    answer = answered("30 days [1]. One small dog [2]. Pigs fly [1].", NOTICE, DOG, "Pigs fly")
    found = values(replace(CASE, documents=("lease.md", "gone.md")), answer)
    assert (found["citation_precision"], found["citation_recall"]) == (0.5, 0.5)


def test_an_answer_from_another_document_is_not_right() -> None:
    case = replace(CASE, documents=("other.md",))
    assert (values(case, GOOD)["right"], values(case, GOOD)["found"]) == (0, 0)
    assert told(case, GOOD) == ("quotes lease.md, not other.md",)


def test_citations_apply_neither_to_a_refusal_that_is_expected_nor_without_documents() -> None:
    for case in (UNANSWERABLE, replace(CASE, refusal="emergency"), replace(CASE, documents=())):
        found = values(case, GOOD)
        assert (found["found"], found["citation_precision"], found["citation_recall"]) == (None, None, None)


def test_a_quote_that_does_not_stand_at_its_offsets_is_found_out() -> None:
    # Broken on purpose: with `one.quote in text` instead of the offsets this is a valid quote.
    moved = tuple(replace(citation, start=citation.start + 1, end=citation.end + 1) for citation in GOOD.citations)
    assert values(CASE, replace(GOOD, citations=moved))["quotes"] == 0
    assert values(CASE, replace(GOOD, citations=()))["quotes"] is None


def test_a_number_that_nothing_cited_has_is_told() -> None:
    answer = answered("Notice is given 30 days before the end [1]. It costs 42 pounds.", NOTICE)
    case = replace(CASE, must_say=(("a year",),))
    assert values(case, answer)["numbers"] == 0.5
    assert told(case, answer)[-1] == "has 42, which nothing cited has"


@pytest.mark.parametrize(
    "answer",
    [answered("One small dog [2].", DOG), refused("uncited", "42"), answered("42", model=COUNTED)],
)
def test_numbers_do_not_apply_without_one_nor_to_what_cites_nothing(answer: Answer) -> None:
    assert values(CASE, answer)["numbers"] is None


def test_thousands_lists_and_markers_are_read_as_people_read_them() -> None:
    assert numbers_of("1. It is 1,250,000 or 3.5, at 14:30 [7].\n2) Up to 8 %.") == {"1250000", "3.5", "14:30", "8"}


def test_nothing_known_nothing_right_and_nothing_wrong() -> None:
    assert values(Case(id="4", question="?"), GOOD)["right"] is None


@pytest.mark.parametrize(
    ("case", "answer", "said"),
    [
        (CASE, refused("no_evidence"), "expected an answer; it was refused (no_evidence)"),
        (UNANSWERABLE, GOOD, "expected a refusal; it answered"),
        (replace(CASE, refusal="emergency"), refused("uncited"), "expected the refusal 'emergency'; it was refused"),
        (replace(CASE, must_not_say=("30 days",)), GOOD, "says '30 days'"),
    ],
)
def test_what_is_wrong_is_told_in_words(case: Case, answer: Answer, said: str) -> None:
    assert told(case, answer)[0].startswith(said)
