"""Pages of a PDF whose letters are not what they show: scans, and fonts that don't tell which letter is which."""

import io
from collections.abc import Sequence

import pypdfium2 as pdfium  # type: ignore[import-untyped] # ships no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.readers.ocr import DPI, read_picture
from ragkit.parsing.readers.pdf_layout import Line

# A page number, a stamp, the name of the program that made the scan.
_FEW_LETTERS = 100
_COVERED = 0.5
_NO_LETTERS = 0.3
# Four megapixels are A4 at 200 dpi.
_MOST_PIXELS = 16_000_000
_POINTS = 72


def is_scan(page: pdfium.PdfPage, text: str) -> bool:
    """Tell whether the text of a page is not what it shows: none, hardly any upon a picture, or a third no letters."""
    letters = "".join(text.split())
    if not letters:
        return next(page.get_objects(max_depth=1), None) is not None
    garbled = sum(not letter.isprintable() or letter == "\ufffd" for letter in letters)
    return garbled > _NO_LETTERS * len(letters) or (len(letters) < _FEW_LETTERS and _is_covered(page))


def seen(page: pdfium.PdfPage, number: int, written: Sequence[Line]) -> Sequence[Line]:
    """Return the lines that are seen on a page, or those written there where they say more.

    Raises:
        Unreadable: tesseract does not work.
    """
    width, height = page.get_size()
    scale = min(DPI / _POINTS, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    stream = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(stream, "PPM")
    read = read_picture(stream.getvalue(), page=number, dpi=_POINTS * scale)
    return max(written, read, key=_letters)


def _letters(lines: Sequence[Line]) -> int:
    return sum(letter.isalnum() for line in lines for letter in line.text)


def _is_covered(page: pdfium.PdfPage) -> bool:
    width, height = page.get_size()
    pictures = (one.get_bounds() for one in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    # A scan may come in strips.
    covered = sum((right - left) * (top - bottom) for left, bottom, right, top in pictures)
    return bool(covered > _COVERED * width * height)
