"""Passages cut into sentences, each with what it can't be read without."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ragkit.documents import Chunk, Hit, names_above
from ragkit.text.lists import leads
from ragkit.text.sentences import Span, sentences, telling
from ragkit.text.tables import ROW, names_columns

# A table up to so many characters is read whole: which row answers, such as "from 95 % to 99 %", its words seldom tell.
_SMALL_TABLE = 600


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A sentence, the number of its passage, the words that carry its meaning, and the numbers of what it `needs`.

    An item of a list needs the line that introduces it, and a row the first one of its table, unless that stands over
    the passage, or all of a small one.
    """

    hit: int
    span: Span
    text: str
    words: frozenset[str]
    needs: tuple[int, ...] = ()


def pieces(hits: Sequence[Hit]) -> list[Piece]:
    """Return the sentences of the passages in order, without the headings that a passage begins with."""
    found: list[Piece] = []
    for number, hit in enumerate(hits):
        found += _cut(number, hit.chunk, first=len(found))
    return found


def headings(chunk: Chunk) -> list[Span]:
    """Return the sentences at the beginning of a chunk that are its title and headings; none, if it has no others."""
    named = len(names_above(chunk.title, chunk.heading, ""))
    said = named - len(names_above(chunk.title, chunk.heading, chunk.text))
    lines = _lines(chunk.text, sentences(chunk.text))
    return [span for line in lines[:said] for span in line.spans] if said < len(lines) else []


@dataclass(kw_only=True)
class _Line:
    """A line of a passage: its sentences, and the number of the first of them."""

    text: str
    spans: list[Span]
    first: int

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + len(self.spans))


def _cut(number: int, chunk: Chunk, *, first: int) -> list[Piece]:
    lines = _lines(chunk.text, sentences(chunk.text)[len(headings(chunk)) :], first=first)
    found = []
    for line, needs in zip(lines, _needs(lines, named=names_columns(chunk.heading)), strict=True):
        for span in line.spans:
            text = chunk.text[span.start : span.end]
            found.append(Piece(hit=number, span=span, text=text, words=frozenset(telling(text)), needs=needs))
    return found


def _lines(text: str, spans: Sequence[Span], *, first: int = 0) -> list[_Line]:
    lines: list[_Line] = []
    for number, span in enumerate(spans, first):
        if not lines or "\n" in text[lines[-1].spans[-1].end : span.start]:
            lines.append(_Line(text="", spans=[], first=number))
        lines[-1].spans.append(span)
        lines[-1].text = text[lines[-1].spans[0].start : span.end]
    return lines


def _needs(lines: Sequence[_Line], *, named: bool) -> list[tuple[int, ...]]:
    needs: list[tuple[int, ...]] = []
    for place, introduction in enumerate(leads([line.text for line in lines])):
        introducing = [line for line in range(place) if lines[line].text in introduction][-1:]
        needs.append(tuple(each for line in introducing for each in (*needs[line], lines[line].numbers[-1])))
    for is_table, run in groupby(range(len(lines)), key=lambda place: ROW in lines[place].text):
        rows = list(run)
        is_small = sum(len(lines[row].text) for row in rows) <= _SMALL_TABLE
        for row in rows if is_table else ():
            first = row if named and rows[0] == 0 else rows[0]
            needs[row] = tuple(each for line in (rows if is_small else (first, row)) for each in lines[line].numbers)
    return needs
