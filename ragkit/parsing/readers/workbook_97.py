"""Workbooks of Excel 97 to 2003."""

import os
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import xlrd  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed, Unreadable
from ragkit.parsing.readers.sheet import blocks_of_sheet, shown_cell


def read_xls(body: bytes) -> Parsed:
    """Return the visible sheets, each below its name; `hidden_sheets` counts the others."""
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as silence:
            book = xlrd.open_workbook(file_contents=body, formatting_info=True, ragged_rows=True, logfile=silence)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Unreadable("is encrypted; remove the password") from error
        raise
    blocks: list[Block] = []
    visible = [sheet for sheet in book.sheets() if not sheet.visibility]
    for sheet in visible:
        merged = ((left + 1, top + 1, right, bottom) for top, bottom, left, right in sheet.merged_cells)
        blocks.extend(blocks_of_sheet(sheet.name, _rows(sheet), merged))
    hidden = book.nsheets - len(visible)
    return Parsed(blocks=blocks, metadata={"hidden_sheets": hidden} if hidden else {})


def _rows(sheet: xlrd.sheet.Sheet) -> Iterator[list[str]]:
    return ([_shown(cell, sheet.book) for cell in cells] for cells in sheet.get_rows())


def _shown(cell: xlrd.sheet.Cell, book: xlrd.Book) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return str(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return shown_cell(_moment(cell.value, book.datemode), "")
    return shown_cell(cell.value, book.format_map[book.xf_list[cell.xf_index].format_key].format_str)


def _moment(value: float, epoch: int) -> datetime | time:
    moment: datetime = xlrd.xldate.xldate_as_datetime(value, epoch)
    return moment.time() if value < 1 else moment
