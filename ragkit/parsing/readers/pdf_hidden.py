"""Lines of a PDF that nobody sees: taken out where that is certain, counted where it is not."""

import ctypes
from typing import Literal

import pypdfium2 as pdfium  # type: ignore[import-untyped] # ships no types
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped] # ships no types

Sight = Literal["seen", "removed", "suspected"]

# Points.
_SMALLEST = 1.5
_WHITE = 250


def sight(letters: pdfium.PdfTextPage, index: int, *, size: float) -> Sight:
    """Return whether a reader sees the line of a letter; `size` is the line's, in points, 0 where it runs upwards."""
    if 0 < size < _SMALLEST or _is_outside(letters, index):
        return "removed"
    red, green, blue, opacity = (ctypes.c_uint() for _ in range(4))
    pdfium_c.FPDFText_GetFillColor(letters, index, red, green, blue, opacity)
    drawn = pdfium_c.FPDFText_GetTextObject(letters, index)
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(drawn) if drawn else pdfium_c.FPDF_TEXTRENDERMODE_UNKNOWN
    if mode == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE:
        # The letters behind a scan are invisible too, and say what the picture shows.
        return "seen" if _has_picture(letters.page) else "removed"
    if opacity.value == 0:
        return "removed"
    pale = min(red.value, green.value, blue.value) >= _WHITE
    return "suspected" if pale and not _has_ground(letters.page, *_origin(letters, index)) else "seen"


def _origin(letters: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDFText_GetCharOrigin(letters, index, x, y)
    return x.value, y.value


def _is_outside(letters: pdfium.PdfTextPage, index: int) -> bool:
    return not _is_within(letters.page.get_bbox(), *_origin(letters, index))


def _is_within(bounds: tuple[float, float, float, float], x: float, y: float) -> bool:
    left, bottom, right, top = bounds
    return left <= x <= right and bottom <= y <= top


def _has_ground(page: pdfium.PdfPage, x: float, y: float) -> bool:
    """Tell whether a picture or something that is filled with a colour lies there."""
    kinds = [pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING]
    drawn = page.get_objects(filter=kinds, max_depth=3)
    return any(_is_within(one.get_bounds(), x, y) and not _is_white(one) for one in drawn)


def _is_white(drawn: pdfium.PdfObject) -> bool:
    if drawn.type != pdfium_c.FPDF_PAGEOBJ_PATH:
        return False
    parts = [ctypes.c_uint() for _ in range(4)]
    pdfium_c.FPDFPageObj_GetFillColor(drawn, *parts)
    return min(part.value for part in parts[:3]) >= _WHITE


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None
