"""Text of Word documents that lies where python-docx does not look."""

import io
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ragkit.parsing.parser import Parser
from tests.parsing.resources import parsed, saved

pytestmark = pytest.mark.usefixtures("socket_disabled")

NOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def word(inside: str, *, before: str = "Pay ", after: str = " euros.") -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph(before)
    for element in parse_xml(f"<w:p {nsdecls('w')}>{inside}</w:p>"):
        paragraph._p.append(element)
    paragraph.add_run(after)
    return saved(document)


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


# Broken on purpose: `flattened` that returns the file as it is (all but the last were "Pay  euros.").
@pytest.mark.parametrize(
    "wrapped",
    [
        f'<w:del w:id="1"><w:r><w:delText>40</w:delText></w:r></w:del><w:ins w:id="2">{run("50")}</w:ins>',
        f'<w:fldSimple w:instr=" REF price ">{run("50")}</w:fldSimple>',
        f"<w:sdt><w:sdtPr/><w:sdtContent>{run('50')}</w:sdtContent></w:sdt>",
        f'<w:smartTag w:element="number"><w:ins w:id="2">{run("50")}</w:ins></w:smartTag>',
        run("50"),
    ],
)
def test_what_is_wrapped_is_read_and_what_was_deleted_is_not(parser: Parser, wrapped: str) -> None:
    assert parsed(parser, "a.docx", word(wrapped)).text == "Pay 50 euros."


def test_a_field_that_nobody_filled_in_says_nothing(parser: Parser) -> None:
    empty = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click here')}</w:sdtContent></w:sdt>"
    assert "Click" not in parsed(parser, "a.docx", word(empty)).text


def test_a_field_over_paragraphs_is_read_and_a_table_of_contents_is_not(parser: Parser) -> None:
    document = docx.Document()
    contents = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    for about, text in ((contents, "Rent 3"), ("", "Rent is due.")):
        inside = f"<w:sdtPr>{about}</w:sdtPr><w:sdtContent><w:p>{run(text)}</w:p></w:sdtContent>"
        document.element.body.insert(0, parse_xml(f"<w:sdt {nsdecls('w')}>{inside}</w:sdt>"))
    assert parsed(parser, "a.docx", saved(document)).text == "Rent is due."


def test_a_text_box_and_a_footnote_follow_their_paragraph(parser: Parser) -> None:
    box = f"<w:r><w:pict><w:txbxContent><w:p>{run('In the box.')}</w:p></w:txbxContent></w:pict></w:r>"
    noted = '<w:r><w:footnoteReference w:id="7"/></w:r>'
    assert (
        parsed(parser, "a.docx", _with_note(word(box + noted))).text == "Pay  euros.\n\nIn the box.\n\nWithin a week."
    )


DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
SEEN = '<wp:extent cx="900000" cy="900000"/>'


# Broken on purpose: `_is_unseen` always false.
@pytest.mark.parametrize(
    ("placed", "seen"),
    [
        (SEEN, True),
        (f"<wp:positionH><wp:posOffset>-100000</wp:posOffset></wp:positionH>{SEEN}", True),
        (f"<wp:positionH><wp:posOffset>-90000000</wp:posOffset></wp:positionH>{SEEN}", False),
        ('<wp:extent cx="1" cy="1"/>', False),
        (f'{SEEN}<wp:docPr id="1" name="a" hidden="1"/>', False),
    ],
)
def test_a_text_box_that_nobody_sees_is_taken_out_and_counted(parser: Parser, placed: str, seen: bool) -> None:
    box = f"<w:txbxContent><w:p>{run('In the box.')}</w:p></w:txbxContent>"
    drawn = f'<w:r><w:drawing><wp:anchor xmlns:wp="{DRAWN}">{placed}{box}</wp:anchor></w:drawing></w:r>'
    document = parsed(parser, "a.docx", word(drawn, after="it."))
    assert ("In the box." in document.text, document.metadata.get("hidden_removed", 0)) == (seen, 0 if seen else 1)


def test_clauses_keep_the_numbers_that_word_gives_them(parser: Parser) -> None:
    document = docx.Document()
    for text in ("one", "two"):
        document.add_paragraph(text, style="List Number")
    assert parsed(parser, "a.docx", saved(document)).text == "1. one\n2. two"


@pytest.mark.parametrize("mark", ["1.", "2)", "1.2", "1.2.3.", "(a)", "b)", "iv.", "(12)"])
def test_an_item_that_has_its_mark_gets_no_other(parser: Parser, mark: str) -> None:
    document = docx.Document()
    document.add_paragraph(f"{mark} words", style="List Bullet")
    assert parsed(parser, "a.docx", saved(document)).text == f"{mark} words"


def _with_note(body: bytes) -> bytes:
    stream = io.BytesIO()
    note = f'<w:footnote w:id="7"><w:p>{run("Within a week.")}</w:p></w:footnote>'
    kind = f'<Override PartName="/word/footnotes.xml" ContentType="{NOTES}"/></Types>'
    relation = f'<Relationship Id="rId99" Type="{RELATION}" Target="footnotes.xml"/></Relationships>'
    with zipfile.ZipFile(io.BytesIO(body)) as given, zipfile.ZipFile(stream, "w") as written:
        for name in given.namelist():
            part = given.read(name).replace(b"</Types>", kind.encode()).replace(b"</Relationships>", relation.encode())
            is_changed = name in {"[Content_Types].xml", "word/_rels/document.xml.rels"}
            written.writestr(name, part if is_changed else given.read(name))
        written.writestr("word/footnotes.xml", f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>")
    return stream.getvalue()
