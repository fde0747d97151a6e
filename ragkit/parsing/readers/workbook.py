"""Workbooks: one line for each row of a sheet, " | " between cells."""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from functools import cache

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped] # ships no types
from openpyxl.cell.read_only import ReadOnlyCell  # type: ignore[import-untyped] # ships no types
from openpyxl.reader.excel import ReadOnlyWorksheet  # type: ignore[import-untyped] # ships no types
from openpyxl.utils.cell import range_boundaries  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed, table
from ragkit.parsing.readers.grid import LABEL
from ragkit.parsing.readers.number_format import shown

# They stand behind all rows, and openpyxl does not read them where it reads row by row.
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+:[A-Z]+\d+)"')
# A formula at the end of a cell, where its value would stand: programs that only write leave it to Excel to calculate.
_UNCALCULATED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<v></v>)?\s*</(?:\w+:)?c>")


def read_xlsx(body: bytes) -> Parsed:
    """Return the visible sheets, each below its name; `hidden_sheets` counts the others.

    The values are those that the last program to calculate the workbook has stored, in the form of their cell. Where
    none was stored there is the formula.
    """

    @cache
    def formulas() -> Workbook:
        return load_workbook(io.BytesIO(body), read_only=True)

    book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    blocks: list[Block] = []
    for sheet in visible:
        with sheet._get_source() as file:  # openpyxl has no public way to the file
            source = file.read()
        rows = _rows(sheet)
        if _UNCALCULATED.search(source):
            rows = map(_with_formulas, rows, _rows(formulas()[sheet.title]))
        stretches = [table(_without_margin(rows)) for rows in _stretches(_Labels(source), rows)]
        blocks.extend([Block(text=sheet.title, kind="heading"), *stretches] if stretches else [])
    hidden = len(book.worksheets) - len(visible)
    return Parsed(blocks=blocks, metadata={"hidden_sheets": hidden} if hidden else {})


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[list[str]]:
    # Some programs write a wrong size of the sheet, and openpyxl would read no further than that.
    sheet.reset_dimensions()
    return ([_shown(cell) for cell in cells] for cells in sheet.iter_rows())


def _with_formulas(row: list[str], formulas: list[str]) -> list[str]:
    return [cell or (formula if formula.startswith("=") else "") for cell, formula in zip(row, formulas, strict=False)]


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


class _Labels:
    """Cells that were merged down over several rows of a sheet: what they say holds for each of these."""

    def __init__(self, source: bytes) -> None:
        bounds = [range_boundaries(found.decode()) for found in _MERGED.findall(source)]
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


def _shown(cell: ReadOnlyCell) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return shown(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    return str(getattr(value, "text", value))
