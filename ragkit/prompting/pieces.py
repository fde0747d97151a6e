"""Passages cut into sentences, each with what it can't be read without."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from ragkit.documents import Chunk, Hit, names_above
from ragkit.text.lists import leads
from ragkit.text.sentences import Line, Span, lines, sentences, telling
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
    rows = lines(chunk.text, sentences(chunk.text))
    return [span for line in rows[:said] for span in line.spans] if said < len(rows) else []


def _cut(number: int, chunk: Chunk, *, first: int) -> list[Piece]:
    rows = lines(chunk.text, sentences(chunk.text)[len(headings(chunk)) :])
    found = []
    for line, needs in zip(rows, _needs(rows, first=first, named=names_columns(chunk.heading)), strict=True):
        for span, text in zip(line.spans, line.pieces, strict=True):
            found.append(Piece(hit=number, span=span, text=text, words=frozenset(telling(text)), needs=needs))
    return found


def _needs(rows: Sequence[Line], *, first: int, named: bool) -> list[tuple[int, ...]]:
    """Return for each line the numbers of the sentences that it needs; that of the first of all is `first`."""
    ends = list(accumulate((len(line.spans) for line in rows), initial=first))
    numbers = [range(*pair) for pair in pairwise(ends)]
    needs: list[tuple[int, ...]] = []
    for place, introduction in enumerate(leads([line.whole for line in rows])):
        introducing = [line for line in range(place) if rows[line].whole in introduction][-1:]
        needs.append(tuple(each for line in introducing for each in (*needs[line], numbers[line][-1])))
    for is_table, run in groupby(range(len(rows)), key=lambda place: ROW in rows[place].whole):
        table = list(run)
        is_small = sum(len(rows[row].whole) for row in table) <= _SMALL_TABLE
        for row in table if is_table else ():
            header = row if named and table[0] == 0 else table[0]
            needs[row] = tuple(each for line in (table if is_small else (header, row)) for each in numbers[line])
    return needs
