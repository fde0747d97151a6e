"""Markdown: CommonMark with tables, by way of HTML, which may stand in it anyway."""

import re

import pyromark

from ragkit.parsing.blocks import Parsed
from ragkit.parsing.readers.markup import parse_html
from ragkit.parsing.readers.plain import decode

# pulldown-cmark, which pyromark is, takes a carriage return alone for none.
_LINE_END = re.compile("\r\n?")
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(---|\.\.\.|\+\+\+)[ \t]*(\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title\s*[:=]\s*["']?(.*?)["']?\s*$""", re.MULTILINE)
_HEADING_ATTRIBUTES = re.compile(r"^(#{1,6} .*)\{[^{}\n]*\}[ \t]*$", re.MULTILINE)


def read_markdown(body: bytes) -> Parsed:
    """Return the text of CommonMark with tables. Front matter gives a title but no text."""
    text = _LINE_END.sub("\n", decode(body)).lstrip("\ufeff")
    front = _FRONT_MATTER.match(text)
    title = _FRONT_TITLE.search(front.group(2)) if front else None
    rest = _HEADING_ATTRIBUTES.sub(r"\1", text[front.end() :] if front else text)
    # Not what is struck through: "5~10" and "20~30" in one paragraph would be, and half of it gone.
    parsed = parse_html(pyromark.html(rest, options=pyromark.Options.ENABLE_TABLES))
    named = parsed.title or (title.group(1) if title else "")
    return Parsed(blocks=parsed.blocks, title=named, metadata=parsed.metadata)
