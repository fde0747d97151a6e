"""Word, PowerPoint, and what pandoc turns into something that can be read."""

import io
import shutil
import subprocess
from collections.abc import Iterator
from itertools import groupby

from unstructured.partition.docx import partition_docx
from unstructured.partition.pptx import partition_pptx

from ragkit.parsing.blocks import Block, Parsed, Unreadable, first_heading, is_title
from ragkit.parsing.elements import NO_LANGUAGES, blocks_of
from ragkit.parsing.markup import parse_html

_PANDOC = ("pandoc", "--sandbox", "--standalone", "--to=html")


def read_docx(body: bytes) -> Parsed:
    """Return the text below the headings that have a heading style, with pages where Word has left marks of them."""
    blocks = list(blocks_of(partition_docx(file=io.BytesIO(body), languages=NO_LANGUAGES)))
    return Parsed(blocks=blocks, title=first_heading(blocks))


def read_pptx(body: bytes) -> Parsed:
    """Return one page for each slide, the title first, with the speaker's notes."""
    elements = partition_pptx(file=io.BytesIO(body), include_slide_notes=True, languages=NO_LANGUAGES)
    slides = groupby(blocks_of(elements), key=lambda block: block.page)
    blocks = [block for _, slide in slides for block in _title_first(list(slide))]
    return Parsed(blocks=blocks, title=first_heading(blocks))


def read_odt(body: bytes) -> Parsed:
    """Return the text of an OpenDocument text."""
    return _through_pandoc(body, "odt")


def read_epub(body: bytes) -> Parsed:
    """Return the text of a book."""
    return _through_pandoc(body, "epub")


def read_rtf(body: bytes) -> Parsed:
    """Return the text of a Rich Text file."""
    return _through_pandoc(body, "rtf")


def _through_pandoc(body: bytes, name: str) -> Parsed:
    """Return the text by way of HTML. unstructured's own way there needs pypandoc, which adds nothing."""
    if shutil.which("pandoc") is None:
        raise Unreadable(f"needs pandoc to be parsed, as all {name} files; install pandoc (https://pandoc.org)")
    run = subprocess.run([*_PANDOC, f"--from={name}"], input=body, capture_output=True, check=False)
    if run.returncode:
        raise Unreadable(f"is damaged: pandoc can't read it as {name}")
    parsed = parse_html(run.stdout.decode("utf-8", "replace"))
    return parsed if is_title(parsed.title) else Parsed(blocks=parsed.blocks)


def _title_first(slide: list[Block]) -> Iterator[Block]:
    headings = [block for block in slide if block.kind == "heading"]
    # A slide without a title must not stand below the title of the slide before.
    yield from headings or [Block(text="", kind="heading", page=slide[0].page)]
    yield from (block for block in slide if block.kind != "heading")
