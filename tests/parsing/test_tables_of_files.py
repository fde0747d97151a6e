"""Cells over several rows or columns, in each kind of file that has them."""

from datetime import date, time

import docx
import openpyxl  # type: ignore[import-untyped] # ships no types
import pytest
import xlwt  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.parser import Parser
from ragkit.parsing.readers.grid import Cell, spread
from tests.parsing.resources import parsed, saved

pytestmark = pytest.mark.usefixtures("socket_disabled")


# Broken on purpose: `below` left empty in `spread`: the second row of a region began with its fruit.
def test_page_says_a_label_over_several_rows_in_each_of_them(parser: Parser) -> None:
    rows = "<tr><th>Region<th>Fruit<th>Tons<tr><td rowspan=2>North<td>Pear<td>3<tr><td>Plum<td>4"
    text = parsed(parser, "a.html", f"<table>{rows}</table>").text
    assert text == "Region | Fruit | Tons\nNorth | Pear | 3\nNorth | Plum | 4"


# Broken on purpose: `table` that keeps every line.
def test_header_over_each_page_of_a_long_table_is_read_once(parser: Parser) -> None:
    text = "Plan | Price\nA | 5\nB | 6\nC | 7"
    lines = ["Plan,Price", "A,5", "B,6", "Plan,Price", "C,7"]
    page = "".join(f"<tr><td>{line.replace(',', '<td>')}" for line in lines)
    word = docx.Document()
    for cell, said in zip(word.add_table(5, 2)._cells, ",".join(lines).split(","), strict=True):
        cell.text = said
    assert parsed(parser, "a.html", f"<table>{page}</table>").text == text
    assert parsed(parser, "a.csv", "\n".join(lines)).text == text
    assert parsed(parser, "a.docx", saved(word)).text == text


def test_workbook_says_a_merged_label_in_each_of_its_rows(parser: Parser) -> None:
    book = openpyxl.Workbook()
    for row in (["Region", "Fruit"], ["North", "Pear"], ["", "Plum"], ["South", "Fig"], ["", ""], ["", "Kiwi"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("A4:A6")
    text = parsed(parser, "a.xlsx", saved(book)).text
    assert text == "Sheet\n\nRegion | Fruit\nNorth | Pear\nNorth | Plum\nSouth | Fig\n\nSouth | Kiwi"


# Broken on purpose: the first row of a merged cell not counted from 1 in `read_xls`: the second row began with "Plum".
def test_workbook_of_excel_97_says_what_its_cells_show(parser: Parser) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Fruit")
    sheet.write_merge(0, 1, 0, 0, "North")
    for place, value, form in (
        ((0, 1), 0.15, "0%"),
        ((1, 1), 1234.5, "[$\u20ac]0.00"),
        ((3, 0), date(2025, 3, 1), "yyyy-mm-dd"),
        ((3, 1), time(9, 30), "hh:mm"),
        ((3, 2), True, "General"),
    ):
        sheet.write(*place, value, xlwt.easyxf(num_format_str=form))
    book.add_sheet("Secret").visibility = 1
    document = parsed(parser, "a.xls", saved(book))
    assert document.text == "Fruit\n\nNorth | 15%\nNorth | \u20ac1234.50\n\n2025-03-01 | 09:30:00 | True"
    assert document.metadata == {"hidden_sheets": 1}


def test_word_document_says_a_merged_label_in_each_of_its_rows(parser: Parser) -> None:
    word = docx.Document()
    cells = word.add_table(2, 2)._cells
    for cell, text in zip(cells, ["North", "Pear", "", "Plum"], strict=True):
        cell.text = text
    cells[0].merge(cells[2])
    assert parsed(parser, "a.docx", saved(word)).text == "North | Pear\nNorth | Plum"


# Broken on purpose: `_write_inner_tables` left out ("Pressure Action above 6 bar shut down").
def test_rows_of_a_table_within_a_cell_stay_apart(parser: Parser) -> None:
    word = docx.Document()
    outer = word.add_table(1, 2)
    outer.cell(0, 0).text = "Valve"
    inner = outer.cell(0, 1).add_table(2, 2)
    for cell, text in zip(inner._cells, ["Pressure", "Action", "above 6 bar", "shut down"], strict=True):
        cell.text = text
    assert parsed(parser, "a.docx", saved(word)).text == "Valve | Pressure, Action; above 6 bar, shut down"


# Broken on purpose: `_with_names` that yields the runs as they are.
def test_names_of_columns_above_an_empty_row_belong_to_the_figures_below(parser: Parser) -> None:
    book = openpyxl.Workbook()
    for cells in (
        ["Sales"],
        [],
        ["Zone", "2023", "Costs"],
        [],
        ["North", 12553, -81],
        ["South", 9467, 5],
        [],
        ["a note"],
    ):
        book.active.append(cells)
    text = parsed(parser, "a.xlsx", saved(book)).text
    assert text == "Sheet\n\nSales\n\nZone | 2023 | Costs\nNorth | 12553 | -81\nSouth | 9467 | 5\n\na note"


def test_a_wide_cell_keeps_what_is_beside_it_in_its_column() -> None:
    rows = [[Cell(text="Fee"), Cell(text="Sum"), Cell(text="Tax")], [Cell(text="All", columns=2), Cell(text="9")]]
    assert list(spread(rows)) == [["Fee", "Sum", "Tax"], ["All", "", "9"]]


def test_a_long_text_over_several_rows_is_read_once() -> None:
    rows = [[Cell(text="long " * 30, rows=2), Cell(text="a")], [Cell(text="b")]]
    assert list(spread(rows)) == [["long " * 30, "a"], ["", "b"]]


@pytest.mark.parametrize("span", ["0", "-2", "x", "9" * 5000])
def test_a_span_that_is_no_number_is_one(span: str) -> None:
    assert Cell.marked_up("a", rowspan=span, colspan=span) == Cell(text="a")


def test_workbook_shows_a_number_as_a_spreadsheet_does(parser: Parser) -> None:
    book = openpyxl.Workbook()
    book.active.append([0.1 + 0.2, 12.0, 1234567.891])
    assert parsed(parser, "a.xlsx", saved(book)).text == "Sheet\n\n0.3 | 12 | 1234567.891"
