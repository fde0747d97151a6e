"""The rows of a table whose cells span several of its rows or columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

# A label says what each of its rows is about; a longer text is read once.
LABEL = 100
_MOST_COLUMNS = 100
_DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The text of a cell, and how many rows and columns it takes."""

    text: str
    rows: int = 1
    columns: int = 1

    @classmethod
    def marked_up(cls, text: str, *, rowspan: str | None, colspan: str | None) -> "Cell":
        """Return a cell of HTML. What is no number there counts as 1, as it does for a browser."""
        return cls(text=text, rows=_number(rowspan), columns=min(_number(colspan), _MOST_COLUMNS))


def spread(rows: Iterable[Iterable[Cell]]) -> Iterator[list[str]]:
    """Yield the rows with every cell in its column: a label over several rows stands in each, a wide cell once."""
    above: dict[int, Cell] = {}
    for row in rows:
        placed = {column: cell.text for column, cell in above.items()}
        below = {column: replace(cell, rows=cell.rows - 1) for column, cell in above.items() if cell.rows > 1}
        column, width = 0, max((column for column, text in placed.items() if text), default=-1) + 1
        for cell in row:
            while column in placed:
                column += 1
            width = max(width, column + 1)
            for place in range(column, column + cell.columns):
                placed[place] = cell.text if place == column else ""
                if cell.rows > 1:
                    below[place] = Cell(text=placed[place] if len(cell.text) <= LABEL else "", rows=cell.rows - 1)
            column += cell.columns
        yield [placed.get(column, "") for column in range(width)]
        above = below


def _number(written: str | None) -> int:
    return max(1, int(written)) if written and written.isdecimal() and len(written) <= _DIGITS else 1
