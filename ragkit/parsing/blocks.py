"""What a reader finds in a file, and how it becomes a document's text and sections."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ragkit.documents import Metadata, Section
from ragkit.parsing.cleaning import clean, one_line
from ragkit.text.tables import ROW, without_repeats

HEADING_LENGTH = 200
_SHORTEST_TITLE = 4
_NO_TITLES = (
    "untitled",
    "document",
    "presentation",
    "powerpoint",
    "slide ",
    "title",
    "workbook",
    "template",
    "microsoft",
)
# "1.", "2)", "1.1", "(a)", "b.", "iv.": an item that has its mark needs no other.
_NUMBERED = re.compile(r"(?:\d+(?:\.\d+)+\.?|\d+[.)]|\(?[a-z][.)]|\(?[ivxl]+[.)]|\(\d+\))(?=\s)", re.IGNORECASE)
_OF_A_PART = re.compile(r"(?:(?:chapter|chapitre|kapitel|cap[ií]tulo|part|teil)\s+)?(?:\d|[IVX]+\b)|§", re.IGNORECASE)
_CONTENTS = re.compile(
    r"(?:table of )?contents|inhalt(?:sverzeichnis)?|table des matières|sommaire|[ií]ndice|sommario|inhoud(?:sopgave)?",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """A file has no text that can be had. The message continues a sentence that begins with the file's name.

    `lacks` is the program that would read it.
    """

    def __init__(self, reason: str, *, lacks: str = "") -> None:
        super().__init__(reason)
        self.lacks = lacks


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading, paragraph, list item or table, in reading order.

    `level` is 1 for the outermost heading and for an item of the outermost list. A heading without text ends
    the headings of its level. `page` counts from 1; None means the page of the block before, 0 that there is none.
    """

    text: str
    kind: Literal["heading", "paragraph", "item", "table"] = "paragraph"
    level: int = 1
    page: int | None = None


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The blocks of one file, and what the file says about itself. `title` is empty where it says none.

    `lacks` is the program without which a part of the file could not be read. `parser` is the reader, with its version;
    the registry puts it there.
    """

    blocks: Sequence[Block]
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    lacks: str = ""
    parser: str = ""

    @property
    def is_scan(self) -> bool:
        """Whether half of the pages and more are pictures, whose words were read by sight."""
        pages, scanned = self.metadata.get("pages", 0), self.metadata.get("scanned_pages", 0)
        return isinstance(pages, int) and isinstance(scanned, int) and 0 < pages <= 2 * scanned


def table(rows: Iterable[Iterable[str]], *, page: int | None = None) -> Block:
    """Return a block with one line for each row that is neither empty nor the header once more."""
    lines = (ROW.join(one_line(cell) for cell in row) for row in rows)
    kept = without_repeats([line for line in lines if line.strip(" |")])
    return Block(text="\n".join(kept), kind="table", page=page)


def first_heading(blocks: Iterable[Block]) -> str:
    """Return the text of the first heading of the outermost level, or nothing."""
    return next((one_line(block.text) for block in blocks if block.kind == "heading" and block.level == 1), "")


def title_of(blocks: Sequence[Block]) -> str:
    """Return the first heading of the outermost level, or nothing where that is the name of a part.

    So it is where others of that level follow, and it has a number, is called "Contents", or has text before it.
    """
    outer = [index for index, block in enumerate(blocks) if block.kind == "heading" and block.level == 1]
    title = first_heading(blocks)
    is_part = bool(outer and outer[0]) or is_contents(title) or _OF_A_PART.match(title)
    return "" if len(outer) > 1 and is_part else title


def is_contents(heading: str) -> bool:
    """Tell whether what stands below a heading is the table of contents."""
    return _CONTENTS.fullmatch(heading.strip()) is not None


def is_title(title: str) -> bool:
    """Tell whether a title in a file's properties is one that a person has given."""
    lowered = title.strip().lower()
    is_file_name = "." in lowered[-6:-2]
    return len(lowered) >= _SHORTEST_TITLE and not is_file_name and not lowered.startswith(_NO_TITLES)


def assemble(blocks: Iterable[Block]) -> tuple[str, tuple[Section, ...]]:
    """Return the text of the blocks and the sections that cover it, in order and without overlap."""
    draft = _Draft()
    for block in blocks:
        draft.add(block)
    return draft.text(), draft.sections()


class _Draft:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._path: list[tuple[int, str]] = []
        self._page: int | None = None
        self._last: Block | None = None
        self._starts: list[tuple[int, str, int | None]] = []

    def add(self, block: Block) -> None:
        text = _visible_text(block)
        if block.kind == "heading":
            self._path = [step for step in self._path if step[0] < block.level]
        if not text:
            return
        if block.kind == "heading":
            self._path.append((block.level, one_line(text)))
        self._page = self._page if block.page is None else block.page or None
        self._write(_gap(self._last, block))
        self._mark(block)
        self._write(text)
        self._last = block

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _mark(self, block: Block) -> None:
        heading = " > ".join(step[1] for step in self._path)
        same = self._starts and self._starts[-1][1:] == (heading, self._page)
        if block.kind == "heading" or not same:
            self._starts.append((self._length, heading, self._page))

    def text(self) -> str:
        return "".join(self._parts)

    def sections(self) -> tuple[Section, ...]:
        if not self._starts:
            return ()
        ends = [*(start for start, _, _ in self._starts[1:]), self._length]
        return tuple(
            Section(heading=heading, start=start, end=end, page=page)
            for (start, heading, page), end in zip(self._starts, ends, strict=True)
        )


def _visible_text(block: Block) -> str:
    if block.kind == "heading":
        return one_line(block.text)
    text = "\n".join(line.rstrip() for line in clean(block.text).split("\n")).strip("\n")
    if block.kind == "item" and text.strip():
        return _item(text.strip(), block.level)
    return text if text.strip() else ""


def _item(text: str, level: int) -> str:
    return "  " * (level - 1) + ("" if _NUMBERED.match(text) else "- ") + text


def _gap(last: Block | None, block: Block) -> str:
    if last is None:
        return ""
    return "\n" if last.kind == block.kind == "item" else "\n\n"
