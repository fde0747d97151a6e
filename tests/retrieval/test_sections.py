"""A hit grown to its section is still the document's own text, and the section's alone."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.documents import Chunk, Document, Hit, Section
from ragkit.retrieval.stages.sections import with_sections
from tests.found import document, hit, texts

RENT = "Rent is due. It is 30 euros. Pay it.\n\n"
LEASE = document("lease", Rent=RENT, End="Give notice. Three months.\n", Law=f"  The law.{'x' * 90}")


def grown(hits: Sequence[Hit], *documents: Document, longest: int = 60) -> list[Hit]:
    known = {one.id: one for one in (documents or (LEASE,))}
    return with_sections(hits, longest=longest, read=known.get)


def test_a_hit_grows_to_its_section_and_keeps_page_heading_and_score() -> None:
    found = replace(hit(LEASE, "It is 30 euros.", score=0.7, ordinal=5), repeats=(hit(LEASE, "notice").chunk,))
    (one,) = grown([found])
    # Broken on purpose: `section.end` without the white space taken away.
    assert (one.chunk.text, one.chunk.start, one.chunk.end) == (RENT.strip(), 0, 36)
    assert replace(one.chunk, text=found.chunk.text, start=found.chunk.start, end=found.chunk.end) == found.chunk
    assert (one.score, one.why, one.repeats) == (found.score, found.why, found.repeats)


def test_a_section_that_is_too_long_stays_as_it_was_found() -> None:
    hits = [hit(LEASE, "The law."), hit(LEASE, "Three months.")]
    # Broken on purpose: `<= longest` left out in `_spread`.
    assert texts(grown(hits)) == ["The law.", "Give notice. Three months."]
    assert grown(hits, longest=0) == hits
    assert texts(grown([hit(LEASE, "Pay it.")], longest=36)) == [RENT.strip()]
    assert texts(grown([hit(LEASE, "Pay it.")], longest=35)) == ["Pay it."]


def test_hits_of_one_section_become_one_at_the_place_of_the_best() -> None:
    repeat = hit(LEASE, "notice").chunk
    hits = [hit(LEASE, "Give notice."), hit(LEASE, "Pay it.", score=0.8), hit(LEASE, "The law.")]
    hits.append(replace(hit(LEASE, "Rent is due.", score=0.2), repeats=(repeat,)))
    found = grown(hits)
    assert texts(found) == ["Give notice. Three months.", RENT.strip(), "The law."]
    assert (found[1].score, found[1].repeats) == (0.8, (repeat,))


def test_nothing_crosses_documents() -> None:
    other = document("other", Rent="Rent is due. Nothing else.")
    found = grown([hit(LEASE, "Rent is due."), hit(other, "Rent is due.")], LEASE, other)
    assert [(one.chunk.uri, one.chunk.text) for one in found] == [("lease", RENT.strip()), ("other", other.text)]


def test_a_document_that_changed_or_went_since_is_shown_as_it_was_found() -> None:
    hits = [hit(LEASE, "It is 30 euros."), hit(LEASE, "Pay it.")]
    changed = replace(LEASE, text=LEASE.text.replace("30", "300"))
    # Broken on purpose: `is_same` without `is_still_in`; then words are shown that were not found.
    assert with_sections(hits, longest=60, read=lambda _: changed) == hits
    assert with_sections(hits, longest=60, read=lambda _: None) == hits
    assert grown([]) == []


def test_a_heading_that_stands_bare_before_the_section_stays_with_it() -> None:
    made = document("guide", Refunds="Refunds\n", Time="Time\nFive days. Then money.")
    found = hit(made, "Refunds\nTime\nFive days.")
    assert texts(grown([found, hit(made, "Then money.")], made)) == [made.text]


def test_a_document_without_sections_is_one() -> None:
    made = replace(LEASE, sections=(), text=RENT)
    assert texts(grown([hit(LEASE, "Pay it.")], made)) == [RENT.strip()]


def _document(name: int, lengths: Sequence[int]) -> Document:
    made = document(str(name), **{f"h{at}": f" s{at}{'ab c' * length}\n" for at, length in enumerate(lengths)})
    cut = [replace(section, heading=f"h{section.start % 2}") for section in made.sections]
    return replace(made, sections=tuple(cut))


def _hit(document: Document, start: int, length: int, score: float) -> Hit:
    start = start % len(document.text)
    end = min(len(document.text), start + length)
    section = next(one for one in document.sections if one.end >= end)
    return Hit(chunk=_chunk(document, section, start, end), score=score, why={"dense_score": score})


def _chunk(document: Document, section: Section, start: int, end: int) -> Chunk:
    text, uri = document.text[start:end], document.uri
    return Chunk(
        document_id=document.id, ordinal=start, text=text, start=start, end=end, uri=uri, title=uri,
        heading=section.heading,
    )  # fmt: skip


DOCUMENTS = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=5), min_size=1, max_size=3)
SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300), st.integers(1, 60)), max_size=8)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(DOCUMENTS, SPANS, st.integers(0, 120))
def test_whatever_is_found_is_still_shown_once_and_word_for_word(
    lengths: list[list[int]], spans: list[tuple[int, int, int]], longest: int
) -> None:
    documents = [_document(name, each) for name, each in enumerate(lengths)]
    known = {one.id: one for one in documents}
    hits = [
        _hit(documents[name % len(documents)], start, length, -rank) for rank, (name, start, length) in enumerate(spans)
    ]
    found = with_sections(hits, longest=longest, read=known.get)
    covered = {(one.chunk.document_id, at) for one in found for at in range(one.chunk.start, one.chunk.end)}
    assert all(known[o.chunk.document_id].text[o.chunk.start : o.chunk.end] == o.chunk.text for o in found)
    assert covered >= {(o.chunk.document_id, at) for o in hits for at in range(o.chunk.start, o.chunk.end)}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    if longest:
        # Broken on purpose: `one.start <= united[-1].start` in `_united`; then what overlaps is shown twice.
        assert len(covered) == sum(one.chunk.end - one.chunk.start for one in found)
