from email.message import EmailMessage

import docx
import openpyxl  # type: ignore[import-untyped] # ships no types
import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ragkit.parsing.parser import Parser
from tests.parsing.resources import parsed, saved, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")


def test_csv_rows_keep_their_values_as_written(parser: Parser) -> None:
    assert parsed(parser, "a.csv", 'id;name\n007;"a;b"\n008;NA\n').text == "id | name\n007 | a;b\n008 | NA"


def test_workbook_has_a_section_for_each_visible_sheet(parser: Parser) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Fees"
    for row in (["", "Fee", "Sum"], ["", "Late", 5.0], ["", "Key", 7.25]):
        book.active.append(row)
    book.create_sheet("Secret").append(["x"])
    book["Secret"].sheet_state = "hidden"
    document = parsed(parser, "a.xlsx", saved(book))
    assert sections(document) == [("Fees", None, "Fees\n\nFee | Sum\nLate | 5\nKey | 7.25")]
    assert document.metadata == {"author": "openpyxl", "hidden_sheets": 1}


def test_word_document_has_headings_by_style_only(parser: Parser) -> None:
    word = docx.Document()
    word.core_properties.title = "The lease of 2024"
    word.add_heading("Rent", 1)
    word.add_paragraph("Short Line Without End")
    word.add_paragraph("first", style="List Bullet")
    table = word.add_table(2, 2)
    for cell, text in zip(table._cells, ["Fee", "Sum", "Late", "5"], strict=True):
        cell.text = text
    document = parsed(parser, "a.docx", saved(word))
    assert document.title == "The lease of 2024"
    assert sections(document) == [("Rent", None, "Rent\n\nShort Line Without End\n\n- first\n\nFee | Sum\nLate | 5")]


def test_slide_is_a_page_and_does_not_stand_below_the_title_of_another(parser: Parser) -> None:
    deck = pptx.Presentation()
    titled = deck.slides.add_slide(deck.slide_layouts[5])
    titled.shapes.title.text = "Rent"
    box = deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_textbox(0, 0, Inches(2), Inches(1))
    box.text_frame.text = "Loose words"
    document = parsed(parser, "a.pptx", saved(deck))
    assert sections(document) == [("Rent", 1, "Rent"), ("", 2, "Loose words")]


def test_mail_begins_with_its_header_and_counts_attachments(parser: Parser) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["Date"] = "Notice", "Ann <ann@example.org>", "Mon, 01 Jan 2024 10:00:00 +0000"
    mail.set_content("I give notice.\n")
    mail.add_alternative("<p>I give <b>notice</b>.</p>", subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="x.bin")
    document = parsed(parser, "a.eml", mail.as_bytes())
    header = "Subject: Notice\nFrom: Ann <ann@example.org>\nDate: Mon, 01 Jan 2024 10:00:00 +0000"
    assert (document.title, document.text) == ("Notice", f"{header}\n\nI give notice.")
    assert document.metadata["date"] == "2024-01-01T10:00:00+00:00"
    assert document.metadata["attachments"] == 1


def test_a_slide_tells_the_figures_of_its_chart_and_its_notes_at_the_end(parser: Parser) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Sales"
    data = CategoryChartData()  # type: ignore[no-untyped-call] # python-pptx has types in part
    data.categories = ["East", "West"]
    data.add_series("2024", (19.2, None))  # type: ignore[no-untyped-call] # as above
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)
    slide.notes_slide.notes_text_frame.text = "Thank the team."
    text = "Sales\n\n | 2024\nEast | 19.2\nWest | \n\nThank the team."
    assert sections(parsed(parser, "a.pptx", saved(deck))) == [("Sales", 1, text.replace("West | ", "West |"))]


def test_a_power_in_a_word_document_is_parted_from_its_number(parser: Parser) -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("10")
    for text, raised in (("6", True), (" cells on the 1", False), ("st", True)):
        paragraph.add_run(text).font.superscript = raised
    # Broken on purpose: without `_part_raised` the text has 106.
    assert parsed(parser, "a.docx", saved(word)).text == "10^6 cells on the 1st"


# Broken on purpose: `first_heading` in the place of `title_of`: every chapter stood below the title of the first.
@pytest.mark.parametrize(
    ("before", "headings", "title"),
    [
        ("", ["CHAPTER 1 - Rent", "CHAPTER 2 - Notice"], "a.docx"),
        ("", ["Contents", "Rent"], "a.docx"),
        ("A handbook", ["Rent", "Notice"], "a.docx"),
        ("", ["Lease", "Annex"], "Lease"),
        ("Draft", ["Lease"], "Lease"),
    ],
)
def test_the_first_of_several_chapters_is_no_title(
    parser: Parser, before: str, headings: list[str], title: str
) -> None:
    word = docx.Document()
    word.core_properties.title = ""
    if before:
        word.add_paragraph(before)
    for heading in headings:
        word.add_heading(heading, 1)
        word.add_paragraph("Text.")
    assert parsed(parser, "a.docx", saved(word)).title == title
