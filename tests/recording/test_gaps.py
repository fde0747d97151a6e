"""Questions without a good answer, those alike together."""

from dataclasses import replace
from typing import Any

import pytest

from ragkit.config import Config
from ragkit.recording.gaps import gaps, shortcoming
from ragkit.recording.record import Circumstances, Cited, Passage, Record
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
    ("told", "why"),
    [
        ({"doubtful": 1}, "partly"),
        ({"doubtful": 1, "dropped": 1}, "dropped"),
        ({"doubtful": 1, "missing": ("is there parking",)}, "left open"),
        ({"doubtful": 1, "rating": 1}, ""),
    ],
)
def test_an_answer_that_is_borne_out_in_part_is_named_so(told: dict[str, Any], why: str) -> None:
    # Broken on purpose: each row of `reasons` taken out.
    assert shortcoming(replace(record("Why?", refusal=None, verdict="verbatim"), **told)) == why


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
    first, second = gaps(map(record, asked), EMBEDDER).gaps
    assert (first.question, first.wordings, len(first.asked)) == ("student discount", ("student discount please",), 3)
    assert (second.question, second.wordings, len(second.asked)) == ("is there parking", (), 1)


def test_among_equals_the_latest_comes_first() -> None:
    old, new = record("is there parking"), record("student discount", at="2026-11-02T10:00:00+00:00")
    assert [gap.question for gap in gaps([old, new], EMBEDDER).gaps] == ["student discount", "is there parking"]


def test_white_space_makes_no_other_wording() -> None:
    (gap,) = gaps([record("is there  parking"), record("is there parking")], EMBEDDER).gaps
    assert (gap.question, gap.wordings, gap.ended) == ("is there parking", (), {"no_evidence": 2})


def test_a_follow_up_is_told_by_what_was_searched_for() -> None:
    # Broken on purpose: `_searched` with the question alone.
    asked = [replace(record("And there?"), query=query) for query in ("parking in Leeds", "student discount")]
    assert {gap.question for gap in gaps(asked, EMBEDDER).gaps} == {"parking in Leeds", "student discount"}


def test_each_assistant_has_gaps_of_its_own() -> None:
    found = gaps([record("is there parking"), record("is there parking", assistant="legal")], EMBEDDER).gaps
    assert sorted(gap.assistant for gap in found) == ["legal", "support"]


def test_where_all_was_answered_there_is_none() -> None:
    # Broken on purpose: `gaps` without `shortcoming`.
    assert gaps([record("is there parking", refusal=None, verdict="verbatim")], EMBEDDER).gaps == []


def test_the_part_that_an_answer_left_open_is_the_gap() -> None:
    # Broken on purpose: `words` of `_asked` without `missing`.
    asked = replace(record("May I pay by card, and is there parking?", refusal=None), missing=("is there parking",))
    assert [gap.question for gap in gaps([asked], EMBEDDER).gaps] == ["is there parking"]


def test_only_so_many_wordings_are_compared_and_the_rest_is_counted() -> None:
    # Broken on purpose: `wordings` unsorted; `uncompared` counting wordings instead of questions.
    asked = ["red", "red", "blue", "blue", "blue", "late"]
    told = gaps([record(words, at=f"2026-11-0{day}") for day, words in enumerate(asked, start=1)], EMBEDDER, most=1)
    assert ([gap.question for gap in told.gaps], told.records, told.uncompared) == (["blue"], 6, 3)


def test_what_was_shown_counts_only_where_nothing_was_refused() -> None:
    # Broken on purpose: `shown` without `all`.
    passage = Passage(document="d", uri="a.md", start=0, end=1, sha256="abc")
    bad = replace(record("parking", refusal=None, rating=-1), hits=(passage,))
    (answered,), (both,) = (gaps(each, EMBEDDER).gaps for each in ([bad], [bad, record("parking")]))
    assert (set(answered.shown), set(both.shown)) == ({"abc"}, set())
