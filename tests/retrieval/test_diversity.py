"""What hits must differ in to be shown beside each other."""

from dataclasses import replace

import pytest

from ragkit.documents import Hit, Viewer
from ragkit.retrieval.stages.distinct import DistinctRetriever
from ragkit.retrieval.stages.diversity import capped, diverse, without_repeats
from tests.found import Finding, document, hit, texts

OWNER = Viewer.local()
LEASE = document("lease", Rent="Rent is due. It is 30 euros. RENT is due!", End="Rent is due.")


def at(found: Hit, start: int) -> Hit:
    """Return a hit whose words stand somewhere else in its document."""
    return replace(found, chunk=replace(found.chunk, start=start, end=start + len(found.chunk.text)))


def numbered(uri: str, count: int) -> list[Hit]:
    made = document(uri, Facts=" ".join(f"{uri} fact {number}." for number in range(count)))
    return [hit(made, f"{uri} fact {number}.", ordinal=2 * number) for number in range(count)]


def test_the_same_words_again_are_told_of_by_the_better_hit() -> None:
    kept = without_repeats([hit(LEASE, "Rent is due."), hit(LEASE, "30 euros"), hit(LEASE, "RENT is due!")])
    # Broken on purpose: `kept[rank] = kept[rank]` in place of the call of `told`.
    assert [(one.chunk.text, texts_of_repeats(one)) for one in kept] == [
        ("Rent is due.", ["RENT is due!"]),
        ("30 euros", []),
    ]


def texts_of_repeats(found: Hit) -> list[str]:
    return [chunk.text for chunk in found.repeats]


@pytest.mark.parametrize(
    ("one", "other"),
    [("a fee of 30 euros", "a fee of 40 euros"), ("from 1.5", "from 15"), ("up to -5 °C", "up to 5 °C"), ("C", "C#")],
)
def test_one_other_word_or_sign_is_no_repeat(one: str, other: str) -> None:
    made = document("fees", Fees=f"{one}|{other}")
    assert len(without_repeats([hit(made, one), at(hit(made, one), 40), replace_text(hit(made, one), other)])) == 2


def replace_text(found: Hit, text: str) -> Hit:
    return replace(found, chunk=replace(found.chunk, text=text, start=100, end=100 + len(text)))


def test_the_same_clause_below_another_heading_or_in_another_contract_is_no_repeat() -> None:
    below = replace(
        hit(LEASE, "Rent is due."), chunk=replace(hit(LEASE, "Rent is due.").chunk, heading="End", start=41)
    )
    other = hit(document("other lease", Rent="Rent is due."), "Rent is due.")
    # Two contracts may have the same title, and their clauses are still two.
    namesake = replace(other, chunk=replace(other.chunk, title="lease", document_id="x", start=5, end=17))
    assert len(without_repeats([hit(LEASE, "Rent is due."), below, other, namesake])) == 4


def test_a_copy_of_the_document_is_a_repeat() -> None:
    first = hit(LEASE, "Rent is due.")
    copy = replace(first, chunk=replace(first.chunk, document_id="copy", uri="copy of lease"))
    (kept,) = without_repeats([first, copy])
    assert [chunk.uri for chunk in kept.repeats] == ["copy of lease"]
    # Without titles nothing says that they are copies.
    untitled = [replace(one, chunk=replace(one.chunk, title="")) for one in (first, copy)]
    assert without_repeats(untitled) == untitled


def test_a_place_is_told_of_once_however_many_searches_found_it() -> None:
    first, second = hit(LEASE, "Rent is due."), hit(LEASE, "RENT is due!")
    (kept,) = without_repeats(
        [replace(first, repeats=(second.chunk,)), replace(second, repeats=(first.chunk,)), at(first, 90)]
    )
    assert [chunk.start for chunk in kept.repeats] == [second.chunk.start, 90]


def test_each_document_has_its_bound_and_the_order_stays() -> None:
    a, b = numbered("a", 3), numbered("b", 2)
    assert texts(capped([a[0], a[1], b[0], a[2], b[1]], 1)) == ["a fact 0.", "b fact 0."]
    assert capped(a, 0) == a
    assert capped([], 1) == without_repeats([]) == []


def test_variety_brings_in_what_says_something_else() -> None:
    made = document("cat", Cat="The cat sleeps. The cat sleeps long. Dogs bark.")
    hits = [hit(made, "The cat sleeps.", score=0.9), hit(made, "The cat sleeps long.", score=0.8)]
    hits.append(hit(made, "Dogs bark.", score=0.5))
    assert texts(diverse(hits, limit=2, relevance=0.4)) == ["The cat sleeps.", "Dogs bark."]
    # Broken on purpose: `- nearest` in `diverse`; at 1 the scores alone must choose.
    assert texts(diverse(hits, limit=2, relevance=1)) == ["The cat sleeps.", "The cat sleeps long."]
    assert diverse(hits, limit=3, relevance=0) == hits
    assert diverse([], limit=3, relevance=0.5) == []


def test_what_is_chosen_stays_best_first_and_equal_scores_do_no_harm() -> None:
    made = document("x", X="one two|three four|five six|?")
    hits = [hit(made, text, score=0.5) for text in ("one two", "three four", "five six", "?")]
    assert texts(diverse(hits, limit=3, relevance=0.3)) == ["one two", "three four", "five six"]


def test_the_places_of_repeats_go_to_the_next_best() -> None:
    first, others = hit(LEASE, "Rent is due."), numbered("b", 4)
    finding = Finding([first, at(first, 60), at(first, 80), *others])
    hits = DistinctRetriever(finding).retrieve("rent", limit=3, viewer=OWNER)
    # Broken on purpose: no loop in `results`; then one hit stands there alone.
    assert texts(hits) == ["Rent is due.", "b fact 0.", "b fact 1."]
    assert ([chunk.start for chunk in hits[0].repeats], finding.asked) == ([60, 80], [3, 6])


def test_a_bounded_document_leaves_its_places_to_others() -> None:
    finding = Finding([*numbered("a", 40), *numbered("b", 9)])
    hits = DistinctRetriever(finding, per_document=2).retrieve("fact", limit=4, viewer=OWNER)
    assert texts(hits) == ["a fact 0.", "a fact 1.", "b fact 0.", "b fact 1."]


def test_nothing_more_is_asked_for_when_nothing_gave_way_or_there_is_no_more() -> None:
    plain, exhausted, endless = (Finding(numbered("a", count)) for count in (9, 2, 600))
    DistinctRetriever(plain).retrieve("fact", limit=8, viewer=OWNER)
    assert plain.asked == [8]
    assert len(DistinctRetriever(exhausted, per_document=1).retrieve("fact", limit=8, viewer=OWNER)) == 1
    assert exhausted.asked == [8, 16]
    DistinctRetriever(endless, per_document=1).retrieve("fact", limit=2, viewer=OWNER)
    assert endless.asked[-1] == 256
