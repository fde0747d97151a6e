"""Numbers of a workbook as its reader sees them."""

import openpyxl  # type: ignore[import-untyped] # ships no types
import pytest

from ragkit.parsing.parser import Parser
from ragkit.parsing.readers.number_format import shown
from tests.parsing.resources import parsed, saved

ACCOUNTING = '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)'
SHOWN = [
    (0.15, "0%", "15%"),
    (0.1234, "0.0%", "12.3%"),
    (-0.2, "[Red]0.0%;[Blue]-0.0%", "-20.0%"),
    (1234.5, '"$"#,##0.00', "$1234.50"),
    (1234.5, "#,##0.00 [$€-407]", "1234.50 €"),
    (1200, "[$£-809]#,##0", "£1200"),
    (5, ACCOUNTING, "$5.00"),
    (-5, ACCOUNTING, "-$5.00"),
    (0, ACCOUNTING, "$0.00"),
    (-1234.5, "#,##0.00_);(#,##0.00)", "-1234.50"),
    (42, "00000", "00042"),
    (5, '0 "kg"', "5 kg"),
    (15.2, '0.0"%"', "15.2%"),
    (1_500_000, '0.0,,"M"', "1.5M"),
    (2.5, "0.###", "2.5"),
    (-0.001, "0.00", "0.00"),
    (0.1 + 0.2, "General", "0.3"),
    (2024, "General", "2024"),
    (0.00012, "0.00E+00", "0.00012"),
    (0.5, "# ?/?", "0.5"),
    (5551234, "000-0000", "5551234"),
    (5, ";;;", "5"),
    (5, "", "5"),
]


@pytest.mark.parametrize(("value", "number_format", "expected"), SHOWN)
def test_a_number_is_written_in_its_format(value: float, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


def test_a_workbook_shows_shares_and_amounts_as_such(parser: Parser) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Discount", 0.15])
    book.active["B1"].number_format = "0%"
    # Broken on purpose: `shown` without the format writes 0.15.
    assert parsed(parser, "a.xlsx", saved(book)).text == "Sheet\n\nDiscount | 15%"


def test_a_formula_stands_where_no_program_has_calculated_its_value(parser: Parser) -> None:
    book = openpyxl.Workbook()
    for row in (["Rent", 5], ["Total", "=SUM(B1:B1)"]):
        book.active.append(row)
    assert parsed(parser, "a.xlsx", saved(book)).text == "Sheet\n\nRent | 5\nTotal | =SUM(B1:B1)"
