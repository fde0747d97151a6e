import io

import pytest
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped] # ships no types
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.parser import Parser
from tests.parsing.resources import body, parsed, pdf, reason, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")


def test_pdf_headings_stand_out_in_size_or_weight(parser: Parser) -> None:
    first = [("The lease", 20.0, False), *body("The tenant pays rent on the first day", "of every month in full.")]
    second = [("Late payment", 11.0, True), *body("A late tenant pays five per cent more", "for every week.")]
    assert sections(parsed(parser, "a.pdf", pdf(first, second))) == [
        ("The lease", 1, "The lease\n\nThe tenant pays rent on the first day of every month in full."),
        ("The lease > Late payment", 2, "Late payment\n\nA late tenant pays five per cent more for every week."),
    ]


def test_pdf_running_headers_and_page_numbers_are_dropped(parser: Parser) -> None:
    pages = [body("Acme Handbook", f"This is what only page {name} says.", str(n)) for n, name in enumerate("abcd", 1)]
    text = parsed(parser, "a.pdf", pdf(*pages)).text
    assert text == "\n\n".join(f"This is what only page {name} says." for name in "abcd")


def test_pdf_words_broken_at_line_ends_are_joined_only_where_sure(parser: Parser) -> None:
    lines = body(
        "Your information matters and a well and known path is bet-",
        "ter than a well-",
        "known path without infor-",
        "mation on it, as we said.",
    )
    text = parsed(parser, "a.pdf", pdf(lines)).text
    assert "better than a well-known path without information on it" in " ".join(text.split())


def test_pdf_counts_pages_without_text(parser: Parser) -> None:
    document = parsed(parser, "a.pdf", pdf(body("Only this."), []))
    assert document.metadata == {"pages": 2, "pages_without_text": 1, "author": "anonymous"}


def test_empty_pages_have_no_text(parser: Parser) -> None:
    assert reason(parser, "a.pdf", pdf([], [])) == "has no text"


def test_encrypted_pdf_says_what_to_do(parser: Parser) -> None:
    assert reason(parser, "a.pdf", pdf(body("Secret."), encrypt="pw")) == "is encrypted; remove the password"


# Broken on purpose: `_broken` that yields nothing; `end` that takes the whole of the second block along.
def test_pdf_sentence_over_a_page_break_is_whole_on_the_page_where_it_begins(parser: Parser) -> None:
    first = body("The tenant pays the rent in full on the first day and the infor-")
    second = body("mation about it goes to both. The landlord answers soon.", "Then the two of them go.")
    assert sections(parsed(parser, "a.pdf", pdf(first, second))) == [
        ("", 1, "The tenant pays the rent in full on the first day and the information about it goes to both."),
        ("", 2, "The landlord answers soon. Then the two of them go."),
    ]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("This is said in full.", "and this begins small."),
        ("A list of what is in the box", "- a key, and this is a long line of words"),
        ("Short line", "and here a line begins that would have had room up there"),
        ("The agreement of both sides is named in the", "Annex of the first day"),
    ],
)
def test_pdf_what_does_not_go_on_stays_apart(parser: Parser, last: str, first: str) -> None:
    # Broken on purpose: `_goes_on` always true.
    whole = "A first line that is as long as any other line is."
    document = parsed(parser, "a.pdf", pdf(body(whole, last), body(first, whole)))
    assert {section.page for section in document.sections} == {1, 2}
    assert document.text[document.sections[1].start :].startswith(first)


def test_pdf_footnotes_stand_behind_a_sentence_that_a_page_breaks(parser: Parser) -> None:
    note = ("1 As the law of the land says it.", 7.0, False)
    first = [*body("The tenant pays the rent in full on the first day of"), note]
    text = parsed(parser, "a.pdf", pdf(first, body("every month."))).text
    assert text.startswith("The tenant pays the rent in full on the first day of every month.\n\n1 As the law")


# Broken on purpose: `_repeated` alone, without `_numbered`.
def test_pdf_names_of_chapters_beside_page_numbers_are_dropped(parser: Parser) -> None:
    chapters = ["1. Rent", "1. Rent", "2. Repairs", "3. End"]
    said = [f"This is what page {name} says." for name in "abcd"]
    pages = [body(f"{page} {name}", text) for page, (name, text) in enumerate(zip(chapters, said, strict=True), 1)]
    assert parsed(parser, "a.pdf", pdf(*pages)).text == "\n\n".join(said)


def test_pdf_heads_of_some_pages_are_dropped_where_they_stand_at_one_height(parser: Parser) -> None:
    heads = [["Ann Roe"] if page % 3 == 0 else [] for page in range(9)]
    pages = [body(*head, f"This is what page {page} says.") for page, head in zip("abcdefghi", heads, strict=True)]
    assert "Ann Roe" not in parsed(parser, "a.pdf", pdf(*pages)).text


def _table(*rows: tuple[str, ...], pages: int = 1) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    for _ in range(pages):
        canvas.setFont("Helvetica", 11)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                canvas.drawString(72 + 150 * column, 800 - 15 * number, cell)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


# Broken on purpose: `_cells` that finds no wide gap.
def test_pdf_lines_that_gaps_part_in_the_same_places_are_a_table(parser: Parser) -> None:
    rows = [("Item", "Price", "Stock"), ("Bolt M4", "4.20", "17"), ("Nut", "", "3"), ("Pin", "0.10", "")]
    text = parsed(parser, "a.pdf", _table(*rows)).text
    assert text == "Item | Price | Stock\nBolt M4 | 4.20 | 17\nNut |  | 3\nPin | 0.10 |"


def test_pdf_header_of_a_table_on_each_page_is_no_running_head(parser: Parser) -> None:
    rows = [("Item", "Price"), *((f"Bolt {name}", "4.20") for name in "abcdefg")]
    assert parsed(parser, "a.pdf", _table(*rows, pages=4)).text.count("Item | Price") == 4


def test_pdf_cell_of_two_lines_is_one(parser: Parser) -> None:
    rows = [("Bolt", "of steel,"), ("", "long"), ("Nut", "of brass"), ("Pin", "of wood")]
    assert parsed(parser, "a.pdf", _table(*rows)).text == "Bolt | of steel, long\nNut | of brass\nPin | of wood"


# Broken on purpose: a gap measured from where PDFium puts the space.
def test_pdf_gaps_within_one_piece_of_text_part_cells_as_well(parser: Parser) -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    piece = canvas.beginText(72, 800)
    piece.setFont("Helvetica", 10, leading=14)
    rows = [("Austria", "8.9", "Vienna"), ("Belgium", "11.5", "Brussels"), ("Denmark", "5.8", "Copenhagen")]
    for row in rows:
        gaps = [int(100 * canvas.stringWidth(cell, "Helvetica", 10)) - 10_000 for cell in row]
        # As programs for papers write a row. Reportlab has no public way to it.
        piece._code.append("[" + " ".join(f"({cell}) {gap}" for cell, gap in zip(row, gaps, strict=True)) + "] TJ T*")
    canvas.drawText(piece)
    canvas.save()
    assert parsed(parser, "a.pdf", stream.getvalue()).text == "\n".join(map(" | ".join, rows))


# Broken on purpose: `_FEWEST_NAMES` of 9 (the names were a line of their own).
def test_pdf_names_above_a_row_whose_cells_span_several_are_of_the_table(parser: Parser) -> None:
    rows = [("", "Rome", "Oslo", "Bonn"), ("Area", "South", "", ""), ("Fee", "3", "4", "5"), ("Tax", "1", "2", "3")]
    text = parsed(parser, "a.pdf", _table(*rows)).text
    assert text == " | Rome | Oslo | Bonn\nArea | South\nFee | 3 | 4 | 5\nTax | 1 | 2 | 3".replace(
        "South", "South |  |"
    )


# Broken on purpose: `_FIGURES` of 9 (each row was a heading).
def test_pdf_large_rows_of_numbers_are_no_headings(parser: Parser) -> None:
    rows = [("Clover 24.1 27.9 31.2", 16.0, False), ("Rye 21.7 26.4 30.8", 16.0, False)]
    document = parsed(parser, "a.pdf", pdf([("Results", 20.0, True), *rows, *body("Clover held more water. " * 3)]))
    assert {heading for heading, _, _ in sections(document)} == {"Results"}


@pytest.mark.parametrize("first", ["1.", "\u2022", "(a)", "1.2"])
def test_pdf_marks_of_a_list_are_no_column(parser: Parser, first: str) -> None:
    rows = [(first, "The tenant pays."), (first, "The landlord paints."), (first, "Both sign.")]
    assert " | " not in parsed(parser, "a.pdf", _table(*rows)).text


def test_pdf_contents_with_leaders_are_no_table(parser: Parser) -> None:
    rows = [(f"Chapter {number} . . . . . . . .", "", str(number)) for number in (7, 12, 19)]
    assert " | " not in parsed(parser, "a.pdf", _table(*rows)).text


# Broken on purpose: `is_contents` left out of `_level`: "Rent" stood below "Contents".
def test_nothing_stands_below_the_table_of_contents(parser: Parser) -> None:
    pages = pdf([("Contents", 30.0, False), *body("Rent 1")], [("Rent", 20.0, False), *body("Five euros a day.")])
    assert [heading for heading, _, _ in sections(parsed(parser, "a.pdf", pages))] == ["Contents", "Rent"]
