"""unstructured, made to work without a network, and its elements as blocks."""

from collections.abc import Iterable, Iterator

import spacy
from lxml import html  # type: ignore[import-untyped] # ships no types
from unstructured.documents.elements import (
    CodeSnippet,
    Element,
    Footer,
    Header,
    Image,
    ListItem,
    PageBreak,
    Table,
    Title,
)
from unstructured.nlp import tokenize

from ragkit.parsing.blocks import HEADING_LENGTH, Block, table
from ragkit.parsing.readers.grid import Cell, spread

_DROPPED = (Footer, Header, Image, PageBreak)
NO_LANGUAGES = [""]
"""unstructured's way to switch the guessing of languages off, which takes most of the time."""


def _blank_english() -> spacy.language.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp


# unstructured would download a model to tell titles from sentences. Here headings come from the format, and a
# tokenizer without any model is enough for the rest.
tokenize._load_spacy_model = _blank_english


def blocks_of(elements: Iterable[Element]) -> Iterator[Block]:
    """Yield a block for each element that has text of its own; headers, footers and pictures have none."""
    for element in elements:
        if not isinstance(element, _DROPPED) and element.text.strip():
            yield _block(element)


def _block(element: Element) -> Block:
    page = element.metadata.page_number
    level = element.metadata.category_depth or 0
    if isinstance(element, Title) and len(element.text) <= HEADING_LENGTH:
        return Block(text=element.text, kind="heading", level=level + 1, page=page)
    if isinstance(element, ListItem):
        return Block(text=element.text, kind="item", level=max(level, 1), page=page)
    if isinstance(element, Table) and element.metadata.text_as_html:
        return table(spread(_rows(element.metadata.text_as_html)), page=page)
    text = element.text if isinstance(element, CodeSnippet) else element.text.strip()
    return Block(text=text, page=page)


def _rows(markup: str) -> Iterator[list[Cell]]:
    for row in html.fragment_fromstring(markup).iter("tr"):
        yield [
            Cell.marked_up(" ".join(cell.itertext()), rowspan=cell.get("rowspan"), colspan=cell.get("colspan"))
            for cell in row.iter("td", "th")
        ]
