"""The words on a picture of a page, as tesseract reads them where it is installed."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from statistics import median
from xml.etree import ElementTree

from ragkit.parsing.blocks import Unreadable
from ragkit.parsing.readers.clock import Clock
from ragkit.parsing.readers.pdf_layout import CELL_GAP, Line
from ragkit.parsing.readers.pdf_tables import Cell

PROGRAM = "tesseract"
INSTALL = "install tesseract to have it read (on Debian: tesseract-ocr)"
DPI = 200
"""More takes longer, and reads noisy copies worse."""
MOST_PAGES = 500
"""How many pictures of one document are read; that many take some twenty minutes."""

# Whoever has all languages installed has chosen none, and each takes time.
_MOST_LANGUAGES = 4
_NO_LANGUAGES = frozenset({"osd", "equ", "snum"})
# Per cent. What is taken for letters in photographs is below it, what stands on bad copies above. Where most words are
# below, their letters are of no language that is installed: 8 and 9 of 10 in Cyrillic and Chinese, 2 on bad copies.
_LEAST_SURE = 50
_MOST_UNSURE = 0.5
_MOST_SAID = 200
# What is measured of the same letters differs from line to line by a tenth.
_BIGGER = 1.2
_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_FIGURES = re.compile(r"(\w+)((?: [\d.]+)+)")
_POINTS = 72


def is_there() -> bool:
    """Tell whether pictures can be read."""
    return shutil.which(PROGRAM) is not None


@cache
def languages() -> str:
    """Return the installed languages as tesseract takes them, English first, or alone where there are too many."""
    run = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, text=True, check=False)
    found = sorted(set(run.stdout.split("\n")[1:]) - _NO_LANGUAGES - {""}, key=lambda name: (name != "eng", name))
    return "+".join(found) if 0 < len(found) <= _MOST_LANGUAGES else "eng"


def unread() -> Unreadable:
    """Return what to say of pictures that have no text in any language that is read."""
    return Unreadable(
        f"has no text that {PROGRAM} can read in {languages()}. For another language install its data (on Debian "
        f"{PROGRAM}-ocr-deu is German), then ingest with --retry"
    )


def read_picture(picture: bytes, *, page: int, dpi: float = DPI) -> list[Line]:
    """Return the lines of a picture in their order, whichever side of it is up; `picture` is a PNM file.

    Raises:
        Unreadable: tesseract does not work.
    """
    try:
        # Mode 1 finds out which side is up.
        command = [PROGRAM, "stdin", "stdout", "-l", languages(), "--psm", "1", "--dpi", str(round(dpi)), "hocr"]
        run = subprocess.run(command, input=picture, capture_output=True, check=True)
        root = ElementTree.fromstring(run.stdout)
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode("utf-8", "replace").split())[-_MOST_SAID:]
        raise _failed(f"said {said!r}" if said else f"ended with {error.returncode}") from error
    except (OSError, ElementTree.ParseError) as error:
        raise _failed(f"did not work ({type(error).__name__})") from error
    finally:
        Clock.tick()
    return _lines(root, page=page, scale=_POINTS / dpi)


def _failed(how: str) -> Unreadable:
    return Unreadable(f"is a scan that can't be read: {PROGRAM} {how}. Put {PROGRAM} right, then ingest with --retry")


_Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A line as tesseract tells it, in pixels; `angle` is how far its letters are turned to the left.

    `sure` is how sure it is of most of the words, and `unsure` of how many it is not.
    """

    words: list[tuple[str, _Box]]
    box: _Box
    size: float
    descent: float
    angle: int
    sure: float
    unsure: int


def _lines(root: ElementTree.Element, *, page: int, scale: float) -> list[Line]:
    """Return the lines that are sure enough, whole: without one of its words a line would say something else."""
    sheet = _figures(next(part for part in root.iter() if part.get("class") == "ocr_page"))["bbox"]
    rows = [row for part in root.iter() if part.get("class") in _LINES and (row := _row(part)).words]
    if sum(row.unsure for row in rows) > _MOST_UNSURE * sum(len(row.words) for row in rows):
        return []
    rows = [row for row in rows if row.sure >= _LEAST_SURE]
    usual = median(row.size for row in rows) if rows else 0.0
    return [_line(row, sheet, usual=usual, page=page, scale=scale) for row in rows]


def _row(part: ElementTree.Element) -> _Row:
    about = _figures(part)
    words = [(" ".join("".join(word.itertext()).split()), _figures(word)) for word in part]
    sure = [figures["x_wconf"][0] for text, figures in words if text]
    return _Row(
        words=[(text, _box(figures)) for text, figures in words if text],
        box=_box(about),
        size=about["x_size"][0],
        descent=about["x_descenders"][0],
        angle=round(about["textangle"][0]) if "textangle" in about else 0,
        sure=median(sure or [0]),
        unsure=sum(each < _LEAST_SURE for each in sure),
    )


def _line(row: _Row, sheet: list[float], *, usual: float, page: int, scale: float) -> Line:
    _, _, width, height = sheet
    left, _, right, bottom = _upright(row.box, row.angle, width, height)
    size = row.size if row.size > _BIGGER * usual else usual
    cells: list[Cell] = []
    for text, box in row.words:
        begins, _, ends, _ = _upright(box, row.angle, width, height)
        if cells and (begins * scale - cells[-1].right) <= CELL_GAP * size * scale:
            cells[-1] = Cell(text=f"{cells[-1].text} {text}", left=cells[-1].left, right=ends * scale)
        else:
            cells.append(Cell(text=text, left=begins * scale, right=ends * scale))
    return Line(
        text=" ".join(text for text, _ in row.words),
        size=round(2 * size * scale) / 2,
        bold=False,
        left=left * scale,
        right=right * scale,
        baseline=((width if row.angle % 180 else height) - bottom + row.descent) * scale,
        page=page,
        cells=tuple(cells),
    )


def _upright(box: _Box, angle: int, width: float, height: float) -> _Box:
    """Return a box as it lies when the picture is turned so that its letters stand upright."""
    left, top, right, bottom = box
    turned = {
        90: (height - bottom, left, height - top, right),
        180: (width - right, height - bottom, width - left, height - top),
        270: (top, width - right, bottom, width - left),
    }
    return turned.get(angle, box)


def _box(figures: dict[str, list[float]]) -> _Box:
    left, top, right, bottom = figures["bbox"]
    return left, top, right, bottom


def _figures(part: ElementTree.Element) -> dict[str, list[float]]:
    """Return what hOCR notes in the title of an element, such as "bbox 0 0 9 9; x_wconf 96"."""
    return {
        name: [float(number) for number in numbers.split()] for name, numbers in _FIGURES.findall(part.get("title", ""))
    }
