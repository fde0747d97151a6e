"""Workbooks: one line for each row of a sheet, " | " between cells."""

import io
from collections.abc import Iterator
from datetime import datetime, time

from openpyxl import load_workbook  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed, table


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
    for values in sheet.iter_rows(values_only=True):  # type: ignore[attr-defined] # openpyxl ships no types
        row = _trimmed([_cell(value) for value in values])
        if row:
            rows.append(row)
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


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
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    return str(value)
