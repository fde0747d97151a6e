"""Tables within a text, a line for each row: where they are, and what their columns are called."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest

from ragkit.documents import PATH

ROW = " | "
"""What stands between the cells of a row."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_BETWEEN_CELLS = re.compile(r"(?:^| )\|(?: |$)")
# Every row of a table has the mark, but for titles and rows of a single cell.
_SHARE = 0.5
_SAMPLE = 20
_HEADER_ROWS = 3
_NUMBER = re.compile(r"[-+(<>≈~]?\s?[€$£¥]?\s?\d")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table by offsets into its text; the rows below its header begin at `body`.

    `names` is what stands over these, as headings stand over a text: a title, if the first row is one, and in one line
    the names of the columns. It is empty where the first row is one like all others.
    """

    start: int
    body: int
    end: int
    names: str


def tables(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables between two offsets, in order. Each ends where a blank line is."""
    if text.find(ROW, start, end) < 0:
        return
    edges = [match.span() for match in _BLANK_LINE.finditer(text, start, end)]
    for (_, first), (last, _) in pairwise([(start, start), *edges, (end, end)]):
        lines = text[first:last].split("\n")
        if len(lines) > 1 and sum(map(_is_row, lines)) > _SHARE * len(lines):
            names, rows = _header([cells(line) for line in lines[: _SAMPLE + _HEADER_ROWS]])
            body = first + sum(len(line) + 1 for line in lines[:rows])
            yield Table(start=first, body=body, end=last, names=names)


def columns(names: str) -> tuple[str, list[str]]:
    """Return the title that stands over a table, empty if none does, and what each of its columns is called."""
    title, _, last = names.rpartition(PATH)
    return title, last.split(ROW)


def without_repeats(lines: Sequence[str]) -> list[str]:
    """Return the lines of a table without the copies of its header that stand above each of its pages.

    A header says in no column what another row says there: an entry of a list that is there twice mostly does.
    """
    rows = [cells(line) for line in lines[: _SAMPLE + _HEADER_ROWS]]
    end = _header(rows)[1] if rows else 0
    header = {line for line, row in zip(lines[:end], rows, strict=False) if not _is_title(row)}
    if header.isdisjoint(lines[end:]):
        return list(lines)
    below = [line for line in lines[end:] if line not in header]
    named = {*chain.from_iterable(map(_placed, header))}
    is_header = bool(below) and named.isdisjoint(chain.from_iterable(map(_placed, below)))
    return [*lines[:end], *below] if is_header else list(lines)


def cells(line: str) -> list[str]:
    """Return what stands in each cell of a row; empty for one that has nothing."""
    return [cell.strip() for cell in _BETWEEN_CELLS.split(line)]


def names_columns(heading: str) -> bool:
    """Tell whether the innermost heading of a path is the names of a table's columns."""
    return ROW in heading.rpartition(PATH)[2]


def without_columns(heading: str) -> str:
    """Return a path of headings without the names of columns at its end."""
    return heading.rpartition(PATH)[0] if names_columns(heading) else heading


def _is_row(line: str) -> bool:
    return _BETWEEN_CELLS.search(line) is not None


def _header(rows: Sequence[Sequence[str]]) -> tuple[str, int]:
    """Return the names over the rows, and how many rows say them."""
    titles = 0
    while titles < min(len(rows), _HEADER_ROWS) - 1 and _is_title(rows[titles]):
        titles += 1
    numeric = _numeric(rows[titles + 1 :])
    end = titles if _is_data(rows[titles], numeric) else titles + 1
    while titles < end < min(len(rows) - 1, _HEADER_ROWS) and _names_more(rows[end - 1], rows[end], numeric):
        end += 1
    names = [row[0] for row in rows[:titles]]
    if end > titles:
        names.append(ROW.join(_joined(rows[titles:end])))
    return PATH.join(names), end


def _is_title(row: Sequence[str]) -> bool:
    return bool(row[0]) and not any(row[1:])


def _numeric(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Tell for each column whether most of its cells are numbers."""
    columns = [[cell for cell in column if cell] for column in zip_longest(*rows, fillvalue="")]
    return [sum(map(_is_number, column)) > _SHARE * len(column) for column in columns]


def _is_number(cell: str) -> bool:
    return _NUMBER.match(cell) is not None


def _is_data(row: Sequence[str], numeric: Sequence[bool]) -> bool:
    """Tell whether the row has a number wherever a column of numbers has its name."""
    cells = [cell for cell, is_numeric in zip(row, numeric, strict=False) if is_numeric and cell]
    return bool(cells) and all(_is_number(cell) and not _YEAR.fullmatch(cell) for cell in cells)


def _names_more(upper: Sequence[str], row: Sequence[str], numeric: Sequence[bool]) -> bool:
    """Tell whether a row below names of columns has names, too: parts of those that span several columns, or units."""
    upper = [*upper, *[""] * (len(numeric) - len(upper))]
    # A name that spans several columns leaves gaps, or is said again in each.
    gaps = [column for column, name in enumerate(upper) if not name or (column and name == upper[column - 1])]
    # As a name over two rows leaves the second one empty, or is said again in it; what a row is about does neither.
    unlabelled = row[0] in {"", upper[0]}
    filled = {column for column, cell in enumerate(row) if cell}
    if any(numeric):
        below = unlabelled and filled.issuperset(column for column, is_numeric in enumerate(numeric) if is_numeric)
        return bool(gaps or below) and not _is_data(row, numeric) and not _is_title(row)
    return unlabelled and bool(gaps) and filled.issuperset(gaps)


def _placed(line: str) -> Iterator[tuple[int, str]]:
    return ((column, cell) for column, cell in enumerate(cells(line)) if cell)


def _joined(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the name of each column: what stands over it in each row, where a gap belongs to the name before it."""
    *upper, lowest = [[*row, *[""] * (max(map(len, rows)) - len(row))] for row in rows]
    for column, name in enumerate(lowest):
        above = (next(filter(None, reversed(row[: column + 1])), "") for row in upper)
        yield " ".join(dict.fromkeys(filter(None, [*above, name])))
