"""Pages that are pictures. What tesseract says is played by a script, but where the words themselves are looked at."""

import io
import shutil
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped] # ships no types
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped] # ships no types
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped] # ships no types
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.parser import Parser
from tests.parsing.conftest import SIZE, Tesseract
from tests.parsing.resources import body, parsed, pdf, reason, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")
real = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")

RENT = ("The tenant pays the rent on the first day", "of every month in full.")


def picture(*lines: str, dpi: int = 100) -> Image.Image:
    page = pypdfium2.PdfDocument(pdf(body(*lines)))[0]
    drawn: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    return drawn


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def book(*pages: tuple[Image.Image | None, str]) -> bytes:
    """Return a PDF of pages with a picture, letters, or letters upon a picture."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    for drawn, text in pages:
        if drawn:
            canvas.drawImage(ImageReader(drawn), 0, 0, *A4)
        canvas.drawString(72, 800, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


# Broken on purpose: `is_scan` that always says no; `index` in the place of `index + 1`.
def test_only_the_pages_that_are_pictures_are_read_by_sight(tesseract: Tesseract) -> None:
    file = book((None, "Typed by hand."), (Image.new("L", SIZE, 200), ""), (None, "Typed as well."))
    document = parsed(tesseract("Seen on the page."), "a.pdf", file)
    assert [(page, text) for _, page, text in sections(document)] == [
        (1, "Typed by hand."),
        (2, "Seen on the page."),
        (3, "Typed as well."),
    ]
    assert document.metadata == {"pages": 3, "scanned_pages": 1, "author": "anonymous"}
    assert document.title == "a.pdf"


def test_the_title_of_a_scan_says_so(tesseract: Tesseract) -> None:
    assert parsed(tesseract("Seen."), "a.pdf", book((Image.new("L", SIZE, 200), ""))).title == "a.pdf (scan)"


def test_a_stamp_on_a_scan_is_not_its_text(tesseract: Tesseract) -> None:
    # Broken on purpose: `_is_covered` left out of `is_scan`.
    stamped = book((Image.new("L", SIZE, 200), "Filed 4 May"))
    assert parsed(tesseract("Filed 4 May", "The tenant pays."), "a.pdf", stamped).text.endswith("The tenant pays.")


def test_letters_of_a_page_stay_where_less_is_seen(tesseract: Tesseract) -> None:
    document = parsed(tesseract("F"), "a.pdf", book((Image.new("L", SIZE, 200), "Chapter 4")))
    assert (document.text, "scanned_pages" in document.metadata) == ("Chapter 4", False)


def test_what_is_hardly_a_letter_is_left_out(tesseract: Tesseract) -> None:
    # Broken on purpose: `_LEAST_SURE` of 0.
    assert "has no text" in reason(tesseract("~| _;", sure=20), "a.png", encoded(Image.new("L", SIZE)))


# Broken on purpose: `_MOST_UNSURE` of 1 (the line with one good word of five was the text).
def test_a_page_in_a_language_that_is_not_installed_says_so(tesseract: Tesseract, tmp_path: Path) -> None:
    foreign = tesseract("mlepBoro", sure=90)
    script = (tmp_path / "tesseract").read_text()
    unsure = "<span class='ocrx_word' title='bbox 10 0 90 20; x_wconf 20'>oKTAOpa</span>" * 4
    line = f"<span class='ocr_line' title='bbox 10 90 90 99; x_size 20; x_descenders 4'>{unsure}</span>"
    script = script.replace("#!/bin/sh\n", '#!/bin/sh\n[ "$1" = --list-langs ] && echo all && echo eng && exit\n')
    (tmp_path / "tesseract").write_text(script.replace("</div></html>", f"{line}</div></html>"))
    for name, file in (("a.png", encoded(Image.new("L", SIZE))), ("a.pdf", book((Image.new("L", SIZE, 200), "")))):
        said = reason(foreign, name, file)
        assert "has no text that tesseract can read in eng" in said
        assert "tesseract-ocr-deu" in said


def test_a_page_has_as_much_time_as_a_file(tesseract: Tesseract) -> None:
    # Broken on purpose: `Clock.tick` that says nothing to the parent.
    slow = tesseract("Seen.", seconds=1.2, timeout=4)
    assert parsed(slow, "a.pdf", book(*[(Image.new("L", SIZE, 200), "")] * 4)).metadata["scanned_pages"] == 4


def test_a_page_that_takes_too_long_costs_one_file(tesseract: Tesseract) -> None:
    stuck = tesseract("Seen.", seconds=30, timeout=1)
    assert reason(stuck, "a.png", encoded(Image.new("L", SIZE))) == "took more than 1 s to parse"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tesseract: Tesseract) -> None:
    huge = encoded(Image.new("1", (20_000, 20_000)))
    assert reason(tesseract("x"), "a.png", huge) == "has 20000 x 20000 pixels; the limit is 100000000"


def test_without_tesseract_scans_say_what_to_install_and_are_to_be_read_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tesseract: Tesseract
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    file = book((None, "Typed."), (Image.new("L", SIZE, 200), ""))
    with Parser() as blind:
        assert "install tesseract" in reason(blind, "a.png", encoded(Image.new("L", SIZE)))
        assert "install tesseract" in reason(blind, "a.pdf", book((Image.new("L", SIZE, 200), "")))
        document = parsed(blind, "a.pdf", file)
    assert document.metadata["pages_without_text"] == 1
    # Broken on purpose: `lacks` left out of what read_pdf returns.
    assert document.parser in blind.versions
    assert document.parser not in tesseract("Seen.").versions


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("echo no data for eng >&2; exit 1", "tesseract said 'no data for eng'"),
        ("kill -9 $$", "tesseract ended with -9"),
        ("echo no markup", "tesseract did not work (ParseError)"),
    ],
)
def test_a_tesseract_that_fails_is_named_unless_other_pages_have_text(
    tesseract: Tesseract, tmp_path: Path, does: str, told: str
) -> None:
    failing = tesseract()
    (tmp_path / "tesseract").write_text(f"#!/bin/sh\n/bin/cat > /dev/null\n{does}\n")
    scan = (Image.new("L", SIZE, 200), "")
    # Broken on purpose: `raise failed` left out of `_read_scans` of pdf.py.
    assert told in reason(failing, "a.pdf", book(scan))
    assert told in reason(failing, "a.png", encoded(Image.new("L", SIZE)))
    assert parsed(failing, "a.pdf", book((None, "Typed."), scan)).text == "Typed."


@real
@pytest.mark.parametrize(("kind", "turned"), [("PNG", 0), ("JPEG", 90), ("TIFF", 180), ("WEBP", 0)])
def test_pictures_are_read_whichever_side_is_up(parser: Parser, kind: str, turned: int) -> None:
    # Broken on purpose: "--psm 3" in the place of "--psm 1" (the words of turned ones are rubbish).
    lines = [f"{number}. {' '.join(RENT)}" for number in range(1, 9)]
    document = parsed(parser, "a.x", encoded(picture(*lines, dpi=130).rotate(turned, expand=True), kind))
    assert document.text.count("The tenant pays the rent on the first day of every month in full.") == 8


@real
def test_a_scan_is_read_like_a_page(parser: Parser) -> None:
    document = parsed(parser, "a.pdf", book((picture(*RENT, dpi=150), "")))
    assert sections(document) == [("", 1, " ".join(RENT))]
