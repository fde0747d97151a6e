"""The sheets of a workbook as text: one line for each row, " | " between cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import chain

from ragkit.parsing.blocks import Block, table
from ragkit.parsing.readers.grid import LABEL
from ragkit.parsing.readers.number_format import shown

# What may stand as the names of columns above an empty row. A year may be such a name.
_MOST_NAMES = 3
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[-+(]?\d[\d.,' ]*[)%]?$")


def blocks_of_sheet(
    title: str, rows: Iterable[list[str]], merged: Iterable[tuple[int, int, int, int]]
) -> Iterator[Block]:
    """Yield the name of the sheet as a heading and a table for each run of rows; nothing of an empty sheet.

    `merged` has the first column and row of each merged cell and its last ones, counted from 1.
    """
    stretches = [table(_without_margin(rows)) for rows in _with_names(_stretches(_Labels(merged), rows))]
    if stretches:
        yield Block(text=title, kind="heading")
        yield from stretches


def shown_cell(value: object, number_format: str) -> str:
    """Return what a cell shows."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return shown(value, number_format)
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    return str(getattr(value, "text", value))


def _stretches(labels: "_Labels", rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """Yield the runs of rows that no empty row breaks."""
    run: list[list[str]] = []
    for number, row in enumerate(rows, 1):
        kept = _trimmed(labels.filled(number, row))
        if kept:
            run.append(kept)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _with_names(runs: Iterable[list[list[str]]]) -> Iterator[list[list[str]]]:
    """Yield the runs, one that is but the names of columns together with the figures below the empty row."""
    names: list[list[str]] = []
    for run in runs:
        if names and not _names(names[-1], run[0]):
            yield names
            names = []
        if len(run) <= _MOST_NAMES and not any(map(_FIGURE.match, chain(*run))):
            names += run
            continue
        yield names + run
        names = []
    if names:
        yield names


def _names(names: Sequence[str], row: Sequence[str]) -> bool:
    """Tell whether one row has a name for each column in which the other one has a figure, two of them at least."""
    figures = [name for name, cell in zip(names, row, strict=False) if _FIGURE.match(cell)]
    return len(figures) > 1 and all(figures)


class _Labels:
    """Cells that were merged down over several rows of a sheet: what they say holds for each of these."""

    def __init__(self, merged: Iterable[tuple[int, int, int, int]]) -> None:
        self._last = {(top, left): bottom for left, top, _, bottom in merged if bottom > top}
        self._open: dict[int, tuple[int, str]] = {}

    def filled(self, number: int, row: list[str]) -> list[str]:
        """Return a row with the labels from above; rows come in order, and an empty one stays empty."""
        if not self._last:
            return row
        for column, (last, label) in self._open.items():
            if number <= last and any(row) and len(row) >= column:
                row[column - 1] = label
        for column, cell in enumerate(row, 1):
            if cell and len(cell) <= LABEL and (number, column) in self._last:
                self._open[column] = self._last[number, column], cell
        return row


def _without_margin(rows: list[list[str]]) -> list[list[str]]:
    margin = min(next(index for index, cell in enumerate(row) if cell.strip()) for row in rows)
    return [row[margin:] for row in rows]


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row
