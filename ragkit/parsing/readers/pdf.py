"""PDF: the lines of each page with the size and weight of their letters, as PDFium sees them."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped] # ships no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped] # ships no types

from ragkit.documents import Value
from ragkit.parsing.blocks import Parsed, Unreadable, is_title, title_of
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.readers import ocr
from ragkit.parsing.readers.hidden import REMOVED, SUSPECTED
from ragkit.parsing.readers.pdf_hidden import Sight, sight
from ragkit.parsing.readers.pdf_layout import CELL_GAP, HYPHEN, Line, layout
from ragkit.parsing.readers.pdf_scan import is_scan, seen
from ragkit.parsing.readers.pdf_tables import Cell

_SAMPLES = 5
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|CMBX|SFBX|-Medi\b", re.IGNORECASE)
_NAME_LENGTH = 128
_SLANT = 0.1
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_RUN_END = re.compile(f"[\r\n{HYPHEN}]")
_NO_LETTER = re.compile("\ufffe")
_COUNTED: tuple[tuple[str, Sight], ...] = ((REMOVED, "removed"), (SUSPECTED, "suspected"))


def read_pdf(body: bytes) -> Parsed:
    """Return the text by page, below headings that stand out in size or weight.

    The metadata counts `pages` and, where there are some, `scanned_pages`, `pages_without_text` and lines that nobody
    sees.

    Raises:
        Unreadable: a password is needed, PDFium can't open the file, tesseract does not work, or no page has text.
    """
    document = _open(body)
    try:
        hidden: Counter[Sight] = Counter()
        scans: list[int] = []
        pages = [_page_lines(document, index, hidden, scans) for index in range(len(document))]
        lacks = ocr.PROGRAM if scans and not ocr.is_there() else ""
        scanned = 0 if lacks else _read_scans(document, scans[: ocr.MOST_PAGES], pages)
        properties = {name: one_line(text) for name, text in document.get_metadata_dict(skip_empty=True).items()}
    finally:
        document.close()
    empty = sum(not lines for lines in pages)
    if empty == len(pages):
        if scans and not lacks:
            raise ocr.unread()
        raise Unreadable(f"has no text: its pages are pictures; {ocr.INSTALL}" if lacks else "has no text", lacks=lacks)
    counts = {"pages": len(pages), "scanned_pages": scanned, "pages_without_text": empty}
    counts |= {name: hidden[how] for name, how in _COUNTED}
    metadata: dict[str, Value] = {name: count for name, count in counts.items() if count}
    if properties.get("Author"):
        metadata["author"] = properties["Author"]
    blocks = layout(pages)
    title = properties.get("Title", "")
    title = title if is_title(title) else title_of(blocks)
    return Parsed(blocks=blocks, title=title, metadata=metadata, lacks=lacks)


def _open(body: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise Unreadable("is encrypted; remove the password") from error
        raise Unreadable("is damaged: PDFium can't open it") from error


def _read_scans(document: pdfium.PdfDocument, scans: Sequence[int], pages: list[Sequence[Line]]) -> int:
    """Put what is seen on these pages in the place of what is written there; return on how many that is more.

    Raises:
        Unreadable: tesseract does not work, and no page has text without it.
    """
    count, failed = 0, None
    for index in scans:
        written = pages[index]
        try:
            pages[index] = seen(document[index], index + 1, written)
        except Unreadable as error:
            failed = error  # the other pages are none the worse for it
        count += pages[index] is not written
    if failed and not any(pages):
        raise failed
    return count


def _page_lines(document: pdfium.PdfDocument, index: int, hidden: Counter[Sight], scans: list[int]) -> Sequence[Line]:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return []  # counted as a page without text
    letters = page.get_textpage()
    try:
        text = _spelled(letters)
        if is_scan(page, text):
            scans.append(index)
        found = [_line(letters, first, run, index + 1) for first, run in _runs(text)]
        seen = []
        for how, line in found:
            hidden[how] += line is not None
            seen += [line] if line is not None and how != "removed" else []
        return _joined(seen)
    finally:
        letters.close()
        page.close()


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with the index of its first letter. PDFium writes a hyphen and line end as one HYPHEN."""
    first = 0
    for end in _RUN_END.finditer(text):
        yield first, text[first : end.start()] + end.group().rstrip("\r\n")
        first = end.end()
    yield first, text[first:]


def _spelled(letters: pdfium.PdfTextPage) -> str:
    """Return all letters of a page, each at its index: in one call if that can be had, fifteen times as fast."""
    count = letters.count_chars()
    written = (ctypes.c_ushort * (count + 1))()
    units = pdfium_c.FPDFText_GetText(letters, 0, count, written) - 1
    text = bytes(written)[: 2 * count].decode("utf-16-le", "surrogatepass")
    if units == len(text) == count:
        # Some letters come as no letter at all in this way.
        return _NO_LETTER.sub(lambda found: chr(pdfium_c.FPDFText_GetUnicode(letters, found.start())), text)
    return "".join(chr(pdfium_c.FPDFText_GetUnicode(letters, index)) for index in range(count))


def _line(letters: pdfium.PdfTextPage, first: int, text: str, page: int) -> tuple[Sight, Line | None]:
    seen = [first + offset for offset, letter in enumerate(text) if not letter.isspace() and letter not in "\x00\x02"]
    if not seen:
        return "seen", None
    samples = seen[:: max(1, len(seen) // _SAMPLES)]
    left, baseline = _origin(letters, seen[0])
    right = _edges(letters, seen[-1])[1]
    size = Counter(_size(letters, index) for index in samples).most_common(1)[0][0]
    whole = Cell(text=text.replace("\x00", "").strip(), left=left, right=right)
    return sight(letters, seen[0], size=size), Line(
        text=whole.text,
        size=size,
        bold=all(_is_bold(letters, index) for index in samples),
        left=left,
        right=right,
        baseline=baseline,
        page=page,
        cells=_cells(letters, first, text, size) or (whole,),
    )


def _joined(lines: list[Line]) -> list[Line]:
    """Join the pieces of one line: PDFium breaks it where a raised letter or another font begins."""
    joined: list[Line] = []
    for line in lines:
        if joined and joined[-1].continues_as(line):
            joined[-1] = joined[-1].joined(line)
        else:
            joined.append(line)
    return joined


def _size(letters: pdfium.PdfTextPage, index: int) -> float:
    # What runs along the edge of a page is big at times, and never a heading.
    if abs(math.sin(pdfium_c.FPDFText_GetCharAngle(letters, index))) > _SLANT:
        return 0.0
    # Some programs set every font at one point and scale it up with the matrix.
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFText_GetMatrix(letters, index, matrix)
    scale = math.hypot(matrix.b, matrix.d) or 1.0
    size = float(pdfium_c.FPDFText_GetFontSize(letters, index))
    return round(2 * scale * size) / 2


def _is_bold(letters: pdfium.PdfTextPage, index: int) -> bool:
    if pdfium_c.FPDFText_GetFontWeight(letters, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(_NAME_LENGTH)
    pdfium_c.FPDFText_GetFontInfo(letters, index, name, _NAME_LENGTH, ctypes.c_int())
    return _BOLD_NAME.search(name.value) is not None


def _origin(letters: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDFText_GetCharOrigin(letters, index, x, y)
    return x.value, y.value


def _edges(letters: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium_c.FPDFText_GetCharBox(letters, index, left, right, bottom, top)
    return left.value, right.value


def _cells(letters: pdfium.PdfTextPage, first: int, text: str, size: float) -> tuple[Cell, ...]:
    """Return the cells of a line that wide gaps part; nothing, if it has none. PDFium writes such a gap as a space."""
    gaps = [match.start() for match in _SPACE.finditer(text) if _is_wide(letters, first + match.start(), size)]
    spans = pairwise([-1, *gaps, len(text)]) if gaps else ()
    return tuple(
        Cell(
            text=text[before + 1 : end].replace("\x00", "").strip(),
            left=_edges(letters, first + before + 1)[0],
            right=_edges(letters, first + end - 1)[1],
        )
        for before, end in spans
    )


def _is_wide(letters: pdfium.PdfTextPage, space: int, size: float) -> bool:
    if not pdfium_c.FPDFText_IsGenerated(letters, space):
        return False
    # PDFium puts the space itself behind the letter before it, or before the next one.
    if _origin(letters, space + 1)[0] - _origin(letters, space - 1)[0] <= CELL_GAP * size:
        return False
    return _edges(letters, space + 1)[0] - _edges(letters, space - 1)[1] > CELL_GAP * size
