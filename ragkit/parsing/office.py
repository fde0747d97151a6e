"""Word, PowerPoint, and what pandoc turns into something that can be read."""

import io
import shutil
from collections.abc import Iterator
from itertools import groupby

from unstructured.file_utils.file_conversion import convert_file_to_html_text_using_pandoc
from unstructured.partition.docx import partition_docx
from unstructured.partition.odt import partition_odt
from unstructured.partition.pptx import partition_pptx

from ragkit.parsing.blocks import Block, Parsed, Unreadable
from ragkit.parsing.elements import NO_LANGUAGES, blocks_of
from ragkit.parsing.markup import parse_html


def read_docx(body: bytes) -> Parsed:
    """Return the text below the headings that have a heading style, with pages where Word has left marks of them."""
    return Parsed(blocks=list(blocks_of(partition_docx(file=io.BytesIO(body), languages=NO_LANGUAGES))))


def read_pptx(body: bytes) -> Parsed:
    """Return one page for each slide, the title first, with the speaker's notes."""
    elements = partition_pptx(file=io.BytesIO(body), include_slide_notes=True, languages=NO_LANGUAGES)
    slides = groupby(blocks_of(elements), key=lambda block: block.page)
    return Parsed(blocks=[block for _, slide in slides for block in _title_first(list(slide))])


def read_odt(body: bytes) -> Parsed:
    """Return the text of an OpenDocument text."""
    _require_pandoc()
    return Parsed(blocks=list(blocks_of(partition_odt(file=io.BytesIO(body), languages=NO_LANGUAGES))))


def read_epub(body: bytes) -> Parsed:
    """Return the text of a book."""
    return _through_html(body, "epub")


def read_rtf(body: bytes) -> Parsed:
    """Return the text of a Rich Text file."""
    return _through_html(body, "rtf")


def _through_html(body: bytes, name: str) -> Parsed:
    _require_pandoc()
    return parse_html(convert_file_to_html_text_using_pandoc(source_format=name, file=io.BytesIO(body)))


def _require_pandoc() -> None:
    if shutil.which("pandoc") is None:
        raise Unreadable("needs pandoc to be parsed; install pandoc (https://pandoc.org/installing.html)")


def _title_first(slide: list[Block]) -> Iterator[Block]:
    headings = [block for block in slide if block.kind == "heading"]
    # A slide without a title must not stand below the title of the slide before.
    yield from headings or [Block(text="", kind="heading", page=slide[0].page)]
    yield from (block for block in slide if block.kind != "heading")
