"""Tables as text and workbooks: one line for each row, " | " between cells, the header row first."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time

from openpyxl import load_workbook  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed, table
from ragkit.parsing.plain import decode

_SAMPLE = 64 * 1024
_LONGEST_CELL = 2**31 - 1


def read_csv(body: bytes) -> Parsed:
    """Return the rows; the delimiter is guessed among comma, semicolon, tab and bar."""
    text = decode(body)
    return _rows(text, _delimiter(text[:_SAMPLE]))


def read_tsv(body: bytes) -> Parsed:
    """Return the rows of tab-separated values."""
    return _rows(decode(body), "\t")


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


def _rows(text: str, delimiter: str) -> Parsed:
    csv.field_size_limit(_LONGEST_CELL)
    return Parsed(blocks=[table(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))])


def _delimiter(sample: str) -> str:
    try:
        return csv.Sniffer().sniff(sample, ",;\t|").delimiter
    except csv.Error:
        return ","


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
