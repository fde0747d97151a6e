"""Rows far from the header of their table, in chunks and in what is found by."""

import pytest

from ragkit.documents import Chunk, Document, Section
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.text.tables import tables, without_columns, without_repeats

pytestmark = pytest.mark.usefixtures("socket_disabled")

ROWS = [f"Bolt M{number} | {number}.50 | {number * 3}" for number in range(1, 61)]
SHOPS = "A | 1 | 2 | 3 | 4\nB | 1 | 2 | 3 | 4"
MONTHS = "2024 May | 2024 June | 2025 May | 2025 June"
PARTS = "Help Mail | Help Phone | Disk EU | Disk US"
PRICES = "\n".join(["Item | Price (EUR) | Stock", *ROWS])


def words(text: str) -> int:
    return len(text.split())


def names(text: str) -> list[str]:
    return [table.names for table in tables(text, 0, len(text))]


def cut(text: str, *, heading: str = "", title: str = "Spring", window: int = 60) -> list[Chunk]:
    section = Section(heading=heading, start=0, end=len(text))
    document = Document(uri="u", text=text, source="s", revision="1", title=title, sections=(section,))
    return chunk_document(document, window=window, count_tokens=words)


# Broken on purpose: `_names_over` that always returns the names without columns.
def test_every_chunk_of_a_table_says_what_its_columns_are_called() -> None:
    chunks = cut(PRICES, heading="Prices")
    assert len(chunks) > 5
    assert {chunk.heading for chunk in chunks[1:]} == {"Prices > Item | Price (EUR) | Stock"}
    assert all(embedded_text(chunk).count("Item | Price (EUR) | Stock") == 1 for chunk in chunks)


def test_the_header_is_no_part_of_the_text_of_later_chunks() -> None:
    chunks = cut(PRICES)
    assert all(chunk.text == PRICES[chunk.start : chunk.end] for chunk in chunks)
    assert sum("Price" in chunk.text for chunk in chunks) == 1


# Broken on purpose: `over=0` for all pieces, so that chunks are planned too long and cut again, one of them to a row.
def test_chunks_with_a_header_are_still_of_like_size() -> None:
    sizes = [words(embedded_text(chunk)) for chunk in cut(PRICES)]
    assert max(sizes) <= 60
    assert min(sizes) >= 40


def test_what_follows_a_table_is_not_below_its_columns() -> None:
    last = cut(f"{PRICES}\n\n{'All prices are net of tax. ' * 12}")[-1]
    assert (last.text[:10], last.heading) == ("All prices", "")


def test_a_header_that_would_fill_half_of_the_window_is_left_out() -> None:
    wide = "\n".join([" | ".join(f"Column {number}" for number in range(30)), " | ".join(["1"] * 30), "2 | 3"])
    assert all(words(embedded_text(chunk)) <= 40 for chunk in cut(wide, window=40))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name | Room\nAnn | B1\nBob | B2", "Name | Room"),
        ("Country | 2019 | 2020\nA | 5.1 | 6\nB | 7 | 8", "Country | 2019 | 2020"),
        ("Fees of 2026\nFee | Sum\nLate | 5\nKey | 7", "Fees of 2026 > Fee | Sum"),
        (f"Shop | 2024 |  | 2025\n | May | June | May | June\n{SHOPS}", f"Shop | {MONTHS}"),
        # Broken on purpose: `_names_more` that is false without a column of numbers (the first two), does not look for
        # names said again (the second), or for a label that is left out (the third).
        ("Plan | Help |  | Disk\n | Mail | Phone | EU | US\nA | yes | no | yes | no", f"Plan | {PARTS}"),
        ("Plan | Help | Help | Disk | Disk\nPlan | Mail | Phone | EU | US\nA | yes | no | yes | no", f"Plan | {PARTS}"),
        ("Item | Weight | Length\n | (kg) | (m)\nDesk | 30 | 1.2\nChair | 8 | 0.5", "Item | Weight (kg) | Length (m)"),
        ("Shop | 2024 |  | 2025\n | May | June | May\nA | EUR 1 | EUR 2 | EUR 3", f"Shop | {MONTHS[:31]}"),
        # Broken on purpose: `_names_more` without `_is_title`, or without the comparison of the labels.
        ("Shop | 2024 | \nNorth |  | \nA | 1 | 2\nB | 3 | 4", "Shop | 2024 | "),
        ("Name | Diet | \nAnn | none | tea\nBob | vegan | water", "Name | Diet | "),
        ("1001 | Bolt | 4.20\n1002 | Nut | 0.30\n1003 | Pin | 0.10", ""),
    ],
)
def test_a_header_is_the_first_rows_that_have_names_where_the_others_have_numbers(text: str, expected: str) -> None:
    assert names(text) == [expected]


# Broken on purpose: `below` not compared with the header: the order of Ann and Bob, said twice, was there once.
@pytest.mark.parametrize(
    ("lines", "copies"),
    [
        (["Plan | Price", "A | 5", "Plan | Price", "B | 6"], [2]),
        (["Prices", "Plan | Help", "A | yes", "Plan | Help", "B | no", "Plan | Help"], [3, 5]),
        (["Plan | Help |  | Disk", " | Mail | Phone | EU", "A | yes | no | yes", " | Mail | Phone | EU"], [3]),
        (["Ann | tea", "Bob | tea", "Ann | tea", "Bob | milk"], []),
        (["1 | 5", "2 | 6", "1 | 5"], []),
        (["Plan | Price", "Plan | Price"], []),
        ([], []),
    ],
)
def test_a_header_that_is_said_again_is_left_out(lines: list[str], copies: list[int]) -> None:
    assert without_repeats(lines) == [line for at, line in enumerate(lines) if at not in copies]


def test_prose_with_a_bar_in_it_is_no_table() -> None:
    assert names("Press A | B to go on.\nThen wait.\nThen press C.") == []


def test_a_table_ends_where_a_blank_line_is() -> None:
    assert names("A | B\nx | 1\ny | 2\n\nC | D\nx | 1\ny | 2") == ["A | B", "C | D"]


def test_the_names_of_columns_are_no_heading_to_ask_about() -> None:
    assert without_columns("Prices > Item | Price") == "Prices"
    assert without_columns("Prices") == "Prices"
