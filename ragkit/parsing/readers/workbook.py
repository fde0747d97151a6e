"""Workbooks of Excel since 2007."""

import io
import re
from collections.abc import Iterator
from functools import cache

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped] # ships no types
from openpyxl.reader.excel import ReadOnlyWorksheet  # type: ignore[import-untyped] # ships no types
from openpyxl.utils.cell import range_boundaries  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed
from ragkit.parsing.readers.sheet import blocks_of_sheet, shown_cell

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
        merged = [range_boundaries(found.decode()) for found in _MERGED.findall(source)]
        blocks.extend(blocks_of_sheet(sheet.title, rows, merged))
    hidden = len(book.worksheets) - len(visible)
    return Parsed(blocks=blocks, metadata={"hidden_sheets": hidden} if hidden else {})


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[list[str]]:
    # Some programs write a wrong size of the sheet, and openpyxl would read no further than that.
    sheet.reset_dimensions()
    return ([shown_cell(cell.value, cell.number_format) for cell in cells] for cells in sheet.iter_rows())


def _with_formulas(row: list[str], formulas: list[str]) -> list[str]:
    return [cell or (formula if formula.startswith("=") else "") for cell, formula in zip(row, formulas, strict=False)]
