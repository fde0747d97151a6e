"""Questions without a good answer, those alike together."""

from dataclasses import replace

import pytest

from ragkit.config import Config
from ragkit.recording.gaps import gaps, shortcoming
from ragkit.recording.record import Circumstances, Cited, Record
from ragkit.testing import WordEmbeddings
from ragkit.wiring import embedder as wired


def record(
    question: str,
    *,
    at: str = "2026-11-01T10:00:00+00:00",
    refusal: str | None = "no_evidence",
    verdict: str = "",
    rating: int = 0,
    assistant: str = "support",
) -> Record:
    cited = (Cited(marker=1, start=0, end=1, verdict=verdict),) if verdict else ()
    return Record(
        id=f"{question}-{at}",
        at=at,
        question=question,
        text="",
        text_sha256="",
        refusal=refusal,
        citations=cited,
        rating=rating,
        circumstances=Circumstances(assistant=assistant),
    )


EMBEDDER = wired(WordEmbeddings(), Config())


@pytest.mark.parametrize(
    ("refusal", "verdict", "rating", "why"),
    [
        ("no_evidence", "", 0, "no_evidence"),
        ("uncited", "", 0, "uncited"),
        ("no_evidence", "", 1, ""),
        (None, "verbatim", 0, ""),
        (None, "verbatim", -1, "rated bad"),
        (None, "unsupported", 0, "unsupported"),
        (None, "", 0, ""),
        # What a rule decides is meant to be so.
        ("emergency", "", 0, ""),
        ("escalate", "", 0, ""),
    ],
)
def test_an_answer_falls_short_by_its_end_and_by_what_people_say_of_it(
    refusal: str | None, verdict: str, rating: int, why: str
) -> None:
    assert shortcoming(record("Why?", refusal=refusal, verdict=verdict, rating=rating)) == why


def test_what_was_asked_most_often_comes_first_under_its_commonest_words() -> None:
    asked = ["student discount please", "is there parking", "student discount", "student discount"]
    first, second = gaps(map(record, asked), EMBEDDER)
    assert (first.question, first.wordings, len(first.records)) == ("student discount", ("student discount please",), 3)
    assert (second.question, second.wordings, len(second.records)) == ("is there parking", (), 1)


def test_among_equals_the_latest_comes_first() -> None:
    old, new = record("is there parking"), record("student discount", at="2026-11-02T10:00:00+00:00")
    assert [gap.question for gap in gaps([old, new], EMBEDDER)] == ["student discount", "is there parking"]


def test_white_space_makes_no_other_wording() -> None:
    (gap,) = gaps([record("is there  parking"), record("is there parking")], EMBEDDER)
    assert (gap.question, gap.wordings, gap.ended) == ("is there parking", (), {"no_evidence": 2})


def test_a_follow_up_is_told_by_what_was_searched_for() -> None:
    # Broken on purpose: `_searched` with the question alone.
    asked = [replace(record("And there?"), query=query) for query in ("parking in Leeds", "student discount")]
    assert {gap.question for gap in gaps(asked, EMBEDDER)} == {"parking in Leeds", "student discount"}


def test_each_assistant_has_gaps_of_its_own() -> None:
    found = gaps([record("is there parking"), record("is there parking", assistant="legal")], EMBEDDER)
    assert sorted(gap.assistant for gap in found) == ["legal", "support"]


def test_where_all_was_answered_there_is_none() -> None:
    # Broken on purpose: `gaps` without `shortcoming`.
    assert gaps([record("is there parking", refusal=None, verdict="verbatim")], EMBEDDER) == []
