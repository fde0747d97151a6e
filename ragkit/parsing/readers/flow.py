"""From the tree of a page to blocks: what a browser begins on a new line begins a new block."""

import re
from collections.abc import Iterator
from typing import Literal

from lxml import etree, html  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import HEADING_LENGTH, Block, table
from ragkit.parsing.readers.grid import Cell, spread

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_LISTS = frozenset({"ul", "ol", "dl", "menu", "dir"})
_ITEMS = frozenset({"li", "dd"})
_TABLE = frozenset({"table", "thead", "tbody", "tfoot", "tr"})
_CELLS = frozenset({"td", "th"})
_CONTAINERS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "div",
        "footer",
        "header",
        "hgroup",
        "main",
        "section",
    }
    | {"caption", "details", "dt", "fieldset", "figcaption", "figure", "form", "hr", "legend", "p", "pre", "summary"}
)
_BLOCKS = _CONTAINERS | frozenset(HEADINGS) | _LISTS | _ITEMS | _TABLE | _CELLS
_NOT_INHEADINGS = (*HEADINGS, *_LISTS, "table", "pre")
# Not the star, which begins a footnote as well.
_BULLET = re.compile(r"[•▪◦‣●■○\uf0b7]\s*|[-·]\s+")
# No tree can hold this letter.
_BREAK = "\0"
_LINE_BREAK = re.compile(rf" ?{_BREAK} ?")
_PARAGRAPH_BREAK = re.compile(rf" ?{_BREAK} ?(?:{_BREAK} ?)+")

_Kind = Literal["heading", "paragraph", "item"]


def blocks_of_page(root: html.HtmlElement) -> list[Block]:
    """Return the blocks of everything below an element; none of its text is left out."""
    flow = _Flow()
    flow.walk(root)
    flow.end()
    return flow.blocks


class _Flow:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._pieces: list[str] = []
        self._depth = 0
        self._opened: tuple[_Kind, int] = ("paragraph", 1)

    def walk(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag == "br":
            self._pieces.append(_BREAK)
        elif tag == "table":
            self._table(element)
        elif tag == "pre":
            self.end()
            self._add(Block(text=_spelled(element, "\n")))
        elif tag in _BLOCKS:
            self._block(element)
        else:
            self._inside(element)

    def end(self) -> None:
        """End the block that is being written, if there is one."""
        text = " ".join("".join(self._pieces).split()).strip(f" {_BREAK}")
        self._pieces.clear()
        if not text:
            return
        kind, level = self._opened
        if kind == "paragraph" or (kind == "heading" and len(text) > HEADING_LENGTH):
            self._paragraphs(text)
        else:
            self._add(Block(text=_LINE_BREAK.sub(" ", text), kind=kind, level=level))

    def _block(self, element: html.HtmlElement) -> None:
        tag = element.tag
        self.end()
        before = self._opened
        self._depth += tag in _LISTS
        if tag in HEADINGS:
            self._opened = ("heading", HEADINGS[tag])
        elif tag in _ITEMS:
            self._opened = ("item", max(1, self._depth))
        if tag in HEADINGS and next(element.iterdescendants(*_NOT_INHEADINGS), None) is None:
            self._pieces.append(_spelled(element, " "))
        else:
            self._inside(element)
        self.end()
        self._depth -= tag in _LISTS
        if self._opened != before and (tag in HEADINGS or tag in _ITEMS):
            self._opened = ("paragraph", 1)

    def _inside(self, element: html.HtmlElement) -> None:
        self._pieces.append(element.text or "")
        for child in element:
            self.walk(child)
            self._pieces.append(child.tail or "")

    def _table(self, element: html.HtmlElement) -> None:
        self.end()
        for part in element.iter(*_TABLE):
            # A caption, or what an author has put between the cells.
            self._pieces.append(part.text or "")
            for child in part:
                if child.tag not in _TABLE | _CELLS and child.find(".//tr") is None:
                    self.walk(child)
                self._pieces.append(f" {child.tail or ''}")
        self.end()
        self._add(table(spread(_cells(row) for row in element.iter("tr"))))

    def _paragraphs(self, text: str) -> None:
        # Old pages and mails write paragraphs as two line breaks.
        for paragraph in _PARAGRAPH_BREAK.split(text):
            # With a space, since a bullet that stands for itself needs one behind it.
            bullet = _BULLET.match(f"{paragraph} ")
            if bullet:
                item = _LINE_BREAK.sub(" ", paragraph[bullet.end() :])
                self._add(Block(text=item, kind="item", level=max(1, self._depth)))
            else:
                self._add(Block(text=_LINE_BREAK.sub("\n", paragraph)))

    def _add(self, block: Block) -> None:
        if block.text.strip():
            self.blocks.append(block)
            self._opened = ("paragraph", 1)


def _cells(row: html.HtmlElement) -> Iterator[Cell]:
    for cell in row:
        if cell.tag in _CELLS:
            yield Cell.marked_up(_spelled(cell, " "), rowspan=cell.get("rowspan"), colspan=cell.get("colspan"))


def _spelled(element: html.HtmlElement, gap: str) -> str:
    """Return the whole text of an element, with `gap` wherever a new line would begin."""
    if not len(element):
        return element.text or ""
    pieces = [""]
    for event, node in etree.iterwalk(element, events=("start", "end")):
        is_inner = node is not element
        if is_inner and node.tag in _BLOCKS and not pieces[-1].endswith(gap):
            pieces.append(gap)
        if event == "start":
            pieces.append(gap if node.tag == "br" else node.text or "")
        elif is_inner:
            pieces.append(node.tail or "")
    return "".join(pieces)
