"""Word and PowerPoint, as unstructured reads them."""

import io
from collections.abc import Iterator
from itertools import groupby

from pptx import Presentation
from pptx.slide import Slide
from unstructured.partition.docx import partition_docx
from unstructured.partition.pptx import partition_pptx

from ragkit.parsing.blocks import Block, Parsed, title_of
from ragkit.parsing.readers.charts import charts_of
from ragkit.parsing.readers.docx_flat import flattened
from ragkit.parsing.readers.docx_hidden import without_hidden
from ragkit.parsing.readers.elements import NO_LANGUAGES, blocks_of


def read_docx(body: bytes) -> Parsed:
    """Return the text below the headings that have a heading style, with pages where Word has left marks of them."""
    seen, hidden = without_hidden(flattened(body))
    blocks = list(blocks_of(partition_docx(file=io.BytesIO(seen), languages=NO_LANGUAGES)))
    return Parsed(blocks=blocks, title=title_of(blocks), metadata=hidden)


def read_pptx(body: bytes) -> Parsed:
    """Return one page for each slide: title, text, the figures of its charts, and the speaker's notes."""
    elements = partition_pptx(file=io.BytesIO(body), include_slide_notes=False, languages=NO_LANGUAGES)
    written = {page: list(slide) for page, slide in groupby(blocks_of(elements), key=lambda block: block.page)}
    blocks: list[Block] = []
    for page, slide in enumerate(Presentation(io.BytesIO(body)).slides, 1):
        found = [*written.get(page, []), *charts_of(slide, page), *_notes(slide, page)]
        blocks.extend(_title_first(found) if found else [])
    return Parsed(blocks=blocks, title=title_of(blocks))


def _notes(slide: Slide, page: int) -> Iterator[Block]:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is not None:
        yield from (Block(text=paragraph.text, page=page) for paragraph in frame.paragraphs)


def _title_first(slide: list[Block]) -> Iterator[Block]:
    headings = [block for block in slide if block.kind == "heading"]
    # A slide without a title must not stand below the title of the slide before.
    yield from headings or [Block(text="", kind="heading", page=slide[0].page)]
    yield from (block for block in slide if block.kind != "heading")
