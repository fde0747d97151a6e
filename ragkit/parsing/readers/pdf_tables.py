"""Tables on the pages of a PDF: lines that wide gaps part in the same places, one below the other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

_FEWEST_ROWS, _FEWEST_CELLS, _FEWEST_NAMES = 3, 2, 3
# Points.
_ALIGNED = 3.0
_LONGEST_CELL = 100
_MARK = re.compile(r"[•▪◦‣●■○\uf0b7\u2013*-]|\(?\w{1,3}[.)]|\d+(?:\.\d+)+\.?")

# What leads the eye from a heading to its page, in a table of contents.
_LEADERS = re.compile(r"(?:\. ?){4}|\u2026\u2026")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What stands between two wide gaps of a line; the edges in points."""

    text: str
    left: float
    right: float

    def is_below(self, other: "Cell") -> bool:
        """Tell whether both stand in one column: their left edges, right edges or middles are in line."""
        edges = ((self.left, other.left), (self.right, other.right), (self._middle, other._middle))
        return any(abs(mine - its) < _ALIGNED for mine, its in edges)

    @property
    def _middle(self) -> float:
        return (self.left + self.right) / 2


class Parted(Protocol):
    """A line with its cells; one, if no wide gap parts it."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells from left to right."""
        ...


L = TypeVar("L", bound=Parted)


def stretches(lines: Sequence[L]) -> Iterator[tuple[list[L], list[list[str]]]]:
    """Yield the lines in order, those of each table together with its rows; the others with none."""
    plain: list[L] = []
    place = 0
    while place < len(lines):
        taken, rows = _table(lines[place:])
        if taken:
            if plain:
                yield plain, []
            plain = []
            yield list(lines[place : place + taken]), rows
        else:
            plain.append(lines[place])
        place += taken or 1
    if plain:
        yield plain, []


def begins_table(lines: Sequence[Parted]) -> bool:
    """Tell whether the first line is a row of a table."""
    return _table(lines)[0] > 0


def _table(lines: Sequence[Parted]) -> tuple[int, list[list[str]]]:
    """Return how many lines from the first one on are a table, and its rows."""
    taken, rows = _run(lines)
    if len(rows) == 1 and len(rows[0]) >= _FEWEST_NAMES:
        # The names of the columns, above a row whose cells span several of these.
        below, others = _run(lines[taken:])
        if len(others) >= _FEWEST_ROWS and any(_fits_below(row, rows[0]) for row in others):
            taken, rows = taken + below, rows + others
    return (taken, _in_columns(rows)) if len(rows) >= _FEWEST_ROWS else (0, [])


def _run(lines: Sequence[Parted]) -> tuple[int, list[tuple[Cell, ...]]]:
    """Return how many lines from the first one on are rows, each with a cell below others or going on with one."""
    rows: list[tuple[Cell, ...]] = []
    widest: tuple[Cell, ...] = ()
    taken = 0
    for line in lines:
        if _is_row(line.cells) and (not rows or _fits_below(line.cells, (*rows[-1], *widest))):
            rows.append(line.cells)
            widest = max(widest, line.cells, key=len)
        elif rows and (whole := _wrapped(line.cells, rows[-1])):
            rows[-1] = whole
        else:
            break
        taken += 1
    return taken, rows


def _is_row(cells: Sequence[Cell]) -> bool:
    if len(cells) < _FEWEST_CELLS or _MARK.fullmatch(cells[0].text):
        return False
    return not any(len(one.text) > _LONGEST_CELL or _LEADERS.search(one.text) for one in cells)


def _fits_below(cells: Sequence[Cell], above: Sequence[Cell]) -> bool:
    return sum(any(one.is_below(other) for other in above) for one in cells) > 1


def _wrapped(cells: Sequence[Cell], above: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return the row above with what goes on below one of its cells, but the first; nothing if this is no such line."""
    aligned = (place for place, one in enumerate(above) if abs(one.left - cells[0].left) < _ALIGNED)
    column = next(aligned, 0)
    if len(cells) != 1 or not column or not _is_row((*above, *cells)):
        return ()
    whole = replace(above[column], text=f"{above[column].text} {cells[0].text}")
    return (*above[:column], whole, *above[column + 1 :])


def _in_columns(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return the rows with each cell in the column where it stands; the rows with most cells show where these are."""
    most = max(map(len, rows))
    full = zip(*(row for row in rows if len(row) == most), strict=True)
    columns = [(min(one.left for one in column), max(one.right for one in column)) for column in full]
    return [_placed(row, columns) for row in rows]


def _placed(row: Sequence[Cell], columns: Sequence[tuple[float, float]]) -> list[str]:
    texts = [""] * len(columns)
    for cell in row:
        column = max(range(len(columns)), key=lambda place: _shared(cell, columns[place]))
        texts[column] = f"{texts[column]} {cell.text}".strip()
    return texts


def _shared(cell: Cell, column: tuple[float, float]) -> float:
    """Return how much of a cell's width lies in a column; below 0, how far it is away."""
    return min(cell.right, column[1]) - max(cell.left, column[0])
