"""Workbooks: one line for each row of a sheet, " | " between cells."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, time

from openpyxl import load_workbook  # type: ignore[import-untyped] # ships no types
from openpyxl.utils.cell import range_boundaries  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed, table
from ragkit.parsing.readers.grid import LABEL

# They stand behind all rows, and openpyxl does not read them where it reads row by row.
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+:[A-Z]+\d+)"')


def read_xlsx(body: bytes) -> Parsed:
    """Return the visible sheets, each below its name; `hidden_sheets` counts the others.

    The values are those that the last program to calculate the workbook has stored.
    """
    book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    blocks: list[Block] = []
    for sheet in visible:
        stretches = [table(_without_margin(rows)) for rows in _stretches(sheet)]
        blocks.extend([Block(text=sheet.title, kind="heading"), *stretches] if stretches else [])
    hidden = len(book.worksheets) - len(visible)
    return Parsed(blocks=blocks, metadata={"hidden_sheets": hidden} if hidden else {})


def _stretches(sheet: object) -> Iterator[list[list[str]]]:
    """Yield the runs of rows that no empty row breaks."""
    # Some programs write a wrong size of the sheet, and openpyxl would read no further than that.
    sheet.reset_dimensions()  # type: ignore[attr-defined] # openpyxl ships no types
    rows: list[list[str]] = []
    labels = _Labels(sheet)
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):  # type: ignore[attr-defined] # no types
        row = _trimmed(labels.filled(number, [_cell(value) for value in values]))
        if row:
            rows.append(row)
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


class _Labels:
    """Cells that were merged down over several rows of a sheet: what they say holds for each of these."""

    def __init__(self, sheet: object) -> None:
        with sheet._get_source() as source:  # type: ignore[attr-defined] # openpyxl has no public way to the file
            bounds = [range_boundaries(found.decode()) for found in _MERGED.findall(source.read())]
        self._last = {(top, left): bottom for left, top, _, bottom in bounds if bottom > top}
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


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # As a spreadsheet shows it: 0.1 + 0.2 is 0.3.
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    return str(value)
