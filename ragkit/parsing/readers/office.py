"""Word and PowerPoint, as unstructured reads them."""

import io
from collections.abc import Iterator
from itertools import groupby

from unstructured.partition.docx import partition_docx
from unstructured.partition.pptx import partition_pptx

from ragkit.parsing.blocks import Block, Parsed, first_heading
from ragkit.parsing.readers.docx_flat import flattened
from ragkit.parsing.readers.docx_hidden import without_hidden
from ragkit.parsing.readers.elements import NO_LANGUAGES, blocks_of


def read_docx(body: bytes) -> Parsed:
    """Return the text below the headings that have a heading style, with pages where Word has left marks of them."""
    seen, hidden = without_hidden(flattened(body))
    blocks = list(blocks_of(partition_docx(file=io.BytesIO(seen), languages=NO_LANGUAGES)))
    return Parsed(blocks=blocks, title=first_heading(blocks), metadata=hidden)


def read_pptx(body: bytes) -> Parsed:
    """Return one page for each slide, the title first, with the speaker's notes."""
    elements = partition_pptx(file=io.BytesIO(body), include_slide_notes=True, languages=NO_LANGUAGES)
    slides = groupby(blocks_of(elements), key=lambda block: block.page)
    blocks = [block for _, slide in slides for block in _title_first(list(slide))]
    return Parsed(blocks=blocks, title=first_heading(blocks))


def _title_first(slide: list[Block]) -> Iterator[Block]:
    headings = [block for block in slide if block.kind == "heading"]
    # A slide without a title must not stand below the title of the slide before.
    yield from headings or [Block(text="", kind="heading", page=slide[0].page)]
    yield from (block for block in slide if block.kind != "heading")
