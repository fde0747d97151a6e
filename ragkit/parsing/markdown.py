"""Markdown: CommonMark with tables, by way of HTML, which may stand in it anyway."""

import re

from markdown_it import MarkdownIt

from ragkit.parsing.blocks import Parsed
from ragkit.parsing.markup import parse_html
from ragkit.parsing.plain import decode

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(---|\.\.\.|\+\+\+)[ \t]*(\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title\s*[:=]\s*["']?(.*?)["']?\s*$""", re.MULTILINE)
_HEADING_ATTRIBUTES = re.compile(r"^(#{1,6} .*)\{[^{}\n]*\}[ \t]*$", re.MULTILINE)


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:
        return url  # a tenth of the time, for what is not text


# markdown-it leaves out what is nested deeper than this without a word; Python's own limit speaks up before.
_MARKDOWN = _Markdown("commonmark", {"maxNesting": 10_000}).enable("table").enable("strikethrough")


def read_markdown(body: bytes) -> Parsed:
    """Return the text of CommonMark with tables. Front matter gives a title but no text."""
    text = decode(body).replace("\r\n", "\n").lstrip("\ufeff")
    front = _FRONT_MATTER.match(text)
    title = _FRONT_TITLE.search(front.group(2)) if front else None
    rest = _HEADING_ATTRIBUTES.sub(r"\1", text[front.end() :] if front else text)
    parsed = parse_html(_MARKDOWN.render(rest))
    named = parsed.title or (title.group(1) if title else "")
    return Parsed(blocks=parsed.blocks, title=named, metadata=parsed.metadata)
