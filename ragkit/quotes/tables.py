"""The tables of a source as rows of cells, each with its column's name; "Monday: closed" in a list is a row, too."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from ragkit.quotes.figures import CALENDAR, unit
from ragkit.quotes.tokens import Token, tokens
from ragkit.quotes.words import MODALS, NO, PRICES, RATES, SPOKEN, YES, forms
from ragkit.text.tables import ROW, cells, columns, names_columns, tables

_KEYED = re.compile(r"^(?:[-*•]|\d+[.)])[ \t]+(?P<key>[^:|\n]{1,60}):[ \t]+(?P<value>\S.*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a row, with the column's name."""

    name: tuple[Token, ...]
    value: tuple[Token, ...]

    @cached_property
    def unit(self) -> tuple[Token, ...]:
        """What its figures count, and days of the week; nothing for a cell that has neither."""
        if not any(word.number or word.text in CALENDAR for word in self.value):
            return ()
        return (*(word for word in self.value if not word.number), *self._bracketed)

    @cached_property
    def head(self) -> tuple[Token, ...]:
        """The words of the name without a unit in brackets."""
        return tuple(word for word in self.name if word not in self._bracketed)

    @cached_property
    def bounds(self) -> tuple[Token, ...]:
        """The words of the name that nothing that is said of the value may leave out: minimum age, per month."""
        if not self.head or self.head[0].text == "how":
            return ()
        first = next((at for at, word in enumerate(self.head) if word.sense or word.text in RATES), len(self.head))
        return self.head[first:]

    @property
    def affirms(self) -> bool:
        """Whether it only says yes to the name of its column."""
        return len(self.value) == 1 and self.value[0].text in YES

    @property
    def denies(self) -> bool:
        """Whether it only says no to the name of its column: a fee that is free is none."""
        if len(self.value) != 1:
            return False
        free = self.value[0].text == "free" and bool(self.head) and not self.head[-1].forms.isdisjoint(PRICES)
        return free or self.value[0].text in NO

    @cached_property
    def _bracketed(self) -> tuple[Token, ...]:
        return tuple(word for word in self.name if word.before.endswith("("))


@dataclass(frozen=True)
class Row:
    """A row of a table. The first `labels` of its cells tell it from all others; `context` is said around the table."""

    words: tuple[Token, ...]
    cells: tuple[Cell, ...]
    labels: int
    context: frozenset[str]

    @property
    def forms(self) -> frozenset[str]:
        """All forms that a claim about it may have."""
        names = (word.forms for cell in self.cells for word in cell.name)
        return (SPOKEN | self.context).union(*names, *(word.forms for word in self.words))


def rows(text: str, above: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the tables in a text. The innermost of the names above it may be those of columns."""
    words = tokens(text)
    ends = [word.end for word in words]
    for grid in _grids(text, above):
        named = list(grid.named())
        values = [tuple(tuple(word.text for word in cell.value) for cell in row) for row in named]
        begun = Counter(own[:count] for own in values for count in range(len(own)))
        context = _context((*above, *grid.around))
        for line, row, own in zip(grid.lines, named, values, strict=True):
            labels = next((count for count in range(1, len(own)) if begun[own[:count]] == 1), len(own))
            said = words[bisect_left(ends, line.start + 1) : bisect_left(ends, line.end + 1)]
            yield Row(said, row, labels, context)


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class _Grid:
    """The lines of a table, the names of its columns, and what stands around it."""

    names: tuple[str, ...]
    lines: tuple[_Line, ...]
    around: tuple[str, ...]

    def named(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the cells of each line. A mark at the edge of a table makes no column."""
        filled = {at for line in self.lines for at, cell in enumerate(line.cells) if cell}
        kept = [(at, _name(name)) for at, name in enumerate(self.names) if name or at in filled]
        for line in self.lines:
            yield tuple(Cell(name, tokens("".join(line.cells[at : at + 1]))) for at, name in kept)


def _grids(text: str, above: Sequence[str]) -> Iterator[_Grid]:
    begun = 0
    if above and names_columns(above[-1]):
        begun = (text + "\n\n").index("\n\n")
        yield _Grid(tuple(columns(above[-1])[1]), tuple(_table_lines(text, 0, begun)), ())
    for table in tables(text, begun, len(text)):
        title, names = columns(table.names)
        lines = tuple(_table_lines(text, table.body, table.end))
        yield _Grid(tuple(names), lines, (title, _line_before(text, table.start)))
    yield from _keyed(text)


def _table_lines(text: str, start: int, end: int) -> Iterator[_Line]:
    for line in text[start:end].splitlines(keepends=True):
        if ROW in line:
            yield _Line(start, start + len(line.rstrip()), tuple(cells(line.rstrip())))
        start += len(line)


def _keyed(text: str) -> Iterator[_Grid]:
    """Yield the lists of which each item has, behind a colon, what holds for it; what introduces them names that."""
    found = [_Line(one.start("key"), one.end("value"), (one["key"], one["value"])) for one in _KEYED.finditer(text)]
    cuts = [at for at, (one, two) in enumerate(pairwise(found), start=1) if text.count("\n", one.end, two.start) > 1]
    for first, last in pairwise([0, *cuts, len(found)]):
        if last - first > 1:
            lead = _line_before(text, text.rfind("\n", 0, found[first].start) + 1)
            yield _Grid(("", lead.rstrip(":")), tuple(found[first:last]), (lead,))


def _name(text: str) -> tuple[Token, ...]:
    """Return the words of a column's name; a unit is there without the figures that it counts."""
    return tuple(word if word.number else replace(word, forms=forms(unit(word.text))) for word in tokens(text))


def _line_before(text: str, start: int) -> str:
    return text[:start].rstrip().rpartition("\n")[2]


def _context(names: Sequence[str]) -> frozenset[str]:
    words = (word for name in names if ROW not in name for word in tokens(name))
    telling = (word for word in words if not (word.number or word.sense or word.text in MODALS))
    return frozenset(form for word in telling for form in word.forms)
