"""From the chunk that was found to the whole section in which it stands: small to search, big to read."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ragkit.documents import Document, Hit, Section, Viewer
from ragkit.retrieval.stages.diversity import told


class Documents(Protocol):
    """What has the documents in which chunks were found."""

    def document(self, document_id: str, *, viewer: Viewer) -> Document | None:
        """Return a whole document; None if there is none, or the viewer may not read it."""
        ...


def with_sections(hits: Sequence[Hit], *, longest: int, read: Callable[[str], Document | None]) -> list[Hit]:
    """Return the hits grown to their sections, where those have at most `longest` characters; 0 grows none.

    Hits whose grown texts overlap become one, at the place of the best of them. `read` returns a document by its id.
    The hits of a document that is gone, or has changed since they were found, are returned as they were.
    """
    if not longest:
        return list(hits)
    ranked: dict[str, list[_Ranked]] = {}
    for rank, hit in enumerate(hits):
        ranked.setdefault(hit.chunk.document_id, []).append(_Ranked(rank, hit, hit.chunk.start, hit.chunk.end))
    grown: list[_Ranked] = []
    for identity, found in ranked.items():
        document = read(identity)
        is_same = document is not None and all(one.hit.chunk.is_still_in(document) for one in found)
        grown += _grown(found, document, longest) if document is not None and is_same else found
    return [one.hit for one in sorted(grown, key=lambda one: one.rank)]


@dataclass(frozen=True)
class _Ranked:
    """A hit, its place among all hits, and the stretch of the document that is shown for it."""

    rank: int
    hit: Hit
    start: int
    end: int


def _grown(found: Sequence[_Ranked], document: Document, longest: int) -> Iterator[_Ranked]:
    starts = [section.start for section in document.sections]
    spread = [_spread(one, document, starts, longest) for one in found]
    for one in _united(spread):
        chunk = one.hit.chunk
        if (one.start, one.end) != (chunk.start, chunk.end):
            chunk = replace(chunk, text=document.text[one.start : one.end], start=one.start, end=one.end)
        yield replace(one, hit=replace(one.hit, chunk=chunk))


def _spread(one: _Ranked, document: Document, starts: Sequence[int], longest: int) -> _Ranked:
    """Stretch it over its section, without the white space around that. A bare heading before it stays with it."""
    place = bisect_right(starts, one.end - 1) - 1
    section = document.sections[place] if place >= 0 else Section(heading="", start=0, end=len(document.text))
    text = document.text[section.start : section.end]
    start = min(one.start, section.start + len(text) - len(text.lstrip()))
    end = max(one.end, section.start + len(text.rstrip()))
    return replace(one, start=start, end=end) if end - start <= longest else one


def _united(spread: Sequence[_Ranked]) -> list[_Ranked]:
    """Make one of those that overlap; it is the best of them, tells of all their repeats, and covers them all."""
    united: list[_Ranked] = []
    for one in sorted(spread, key=lambda one: one.start):
        if united and one.start < united[-1].end:
            united[-1] = _joined(united[-1], one)
        else:
            united.append(one)
    return united


def _joined(before: _Ranked, after: _Ranked) -> _Ranked:
    best, other = sorted((before, after), key=lambda one: one.rank)
    hit = told(best.hit, other.hit.repeats)
    return replace(best, hit=hit, start=before.start, end=max(before.end, after.end))
