"""HTML and Markdown: the main content without menus, scripts and what a reader would not see."""

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import html  # type: ignore[import-untyped] # ships no types
from markdown_it import MarkdownIt
from unstructured.partition.html import partition_html

from ragkit.parsing.blocks import Block, Parsed, Unreadable, first_heading
from ragkit.parsing.elements import NO_LANGUAGES, blocks_of
from ragkit.parsing.plain import decode

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SCRIPTS = frozenset({"script", "style", "noscript", "template", "iframe", "object", "embed"})
_BOILERPLATE = frozenset({"nav", "footer", "button", "select", "input", "textarea", "dialog"})
_PICTURES = frozenset({"canvas", "audio", "video", "svg", "img"})
_DROPPED = _SCRIPTS | _BOILERPLATE | _PICTURES
_ROLES = ("navigation", "contentinfo", "search", "menu")
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(font-size|opacity)\s*:\s*0(\.0+)?\s*(px|em|rem|pt|%)?\s*(;|$)",
    re.IGNORECASE,
)
# unstructured would make a space of every line break; this letter of no meaning takes it through.
_BREAK = "\ue0b6"
_BREAK_TAG = re.compile(r"<br\b[^>]{0,100}>", re.IGNORECASE)
_PARAGRAPH_BREAK = re.compile(rf"\s*{_BREAK}\s*(?:{_BREAK}\s*)+")
_LINE_BREAK = re.compile(rf"\s*{_BREAK}\s*")
_PERMALINK = frozenset({"¶", "#", "§", "🔗"})
# How much of the page's text must stand there: a page may mark a teaser as an article, or fill its main by script.
_MAIN_SHARES = {".//main | .//*[@role='main']": 0.1, ".//article": 0.5}

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(---|\.\.\.|\+\+\+)[ \t]*(\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title\s*[:=]\s*["']?(.*?)["']?\s*$""", re.MULTILINE)
_HEADING_ATTRIBUTES = re.compile(r"^(#{1,6} .*?)[ \t]*\{[^{}\n]*\}[ \t]*$", re.MULTILINE)
# markdown-it leaves out what is nested deeper than this without a word; Python's own limit speaks up before.
_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": 10_000}).enable("table").enable("strikethrough")


def read_html(body: bytes) -> Parsed:
    """Return the main content of a page. Its title is the first h1, or else the title in its head."""
    declared = _CHARSET.search(body[:2048])
    return parse_html(decode(body, declared=declared.group(1).decode("ascii", "replace") if declared else ""))


def read_markdown(body: bytes) -> Parsed:
    """Return the text of CommonMark with tables. Front matter gives a title but no text."""
    text = decode(body).replace("\r\n", "\n").lstrip("\ufeff")
    front = _FRONT_MATTER.match(text)
    title = _FRONT_TITLE.search(front.group(2)) if front else None
    rest = _HEADING_ATTRIBUTES.sub(r"\1", text[front.end() :] if front else text)
    parsed = parse_html(_MARKDOWN.render(rest))
    return Parsed(blocks=parsed.blocks, title=parsed.title or (title.group(1) if title else ""))


def parse_html(text: str) -> Parsed:
    """Return the main content of a page that is already decoded.

    Raises:
        Unreadable: the page is nested so deeply that the parser would leave out a part of it.
    """
    if not text.strip():
        return Parsed(blocks=[])
    text = _BREAK_TAG.sub(_BREAK, text.replace(_BREAK, ""))
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    if any("depth" in entry.message for entry in parser.error_log):
        raise Unreadable("is nested too deeply")
    title = root.findtext(".//title") or ""
    _drop_unseen(root)
    _number_lists(root)
    _unwrap_layout(root)
    markup = html.tostring(_main(root), encoding="unicode")
    elements = partition_html(text=f"<html><body>{markup}</body></html>", languages=NO_LANGUAGES)
    blocks = [part for block in blocks_of(elements) for part in _with_breaks(block)]
    return Parsed(blocks=blocks, title=first_heading(blocks) or title)


def _with_breaks(block: Block) -> Iterator[Block]:
    if _BREAK not in block.text:
        yield block
    elif block.kind == "paragraph":
        # Old pages and mails write paragraphs as two line breaks.
        for paragraph in _PARAGRAPH_BREAK.split(block.text):
            yield replace(block, text=_LINE_BREAK.sub("\n", paragraph))
    else:
        yield replace(block, text=_LINE_BREAK.sub(" ", block.text))


def _drop_unseen(root: html.HtmlElement) -> None:
    for element in list(root.iter()):
        if element.getparent() is not None and isinstance(element.tag, str) and _is_unseen(element):
            element.drop_tree()


def _is_unseen(element: html.HtmlElement) -> bool:
    if element.tag in _DROPPED or element.get("role") in _ROLES:
        return True
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return True
    if _HIDDEN_STYLE.search(element.get("style", "")):
        return True
    if element.tag == "a":
        return element.text_content().strip() in _PERMALINK
    return element.tag == "header" and _is_banner(element)


def _is_banner(header: html.HtmlElement) -> bool:
    inside = any(ancestor.tag in {"main", "article"} for ancestor in header.iterancestors())
    return not inside and header.find(".//h1") is None


def _number_lists(root: html.HtmlElement) -> None:
    """Write the numbers that a browser would show, since a text refers to them."""
    for numbered in root.iter("ol"):
        start = numbered.get("start", "1")
        number = int(start) if start.isdecimal() else 1
        for offset, item in enumerate(numbered.findall("li")):
            first = item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
            first.text = f"{number + offset}. {(first.text or '').lstrip()}"


def _unwrap_layout(root: html.HtmlElement) -> None:
    """Turn tables that only arrange the page, as mails have them, into plain blocks."""
    for layout in list(root.iter("table")):
        if _is_layout(layout):
            for element in [layout, *layout.iter("tbody", "thead", "tr", "td", "th")]:
                if next(element.iterancestors("table"), layout) is layout:
                    element.tag = "div"


def _is_layout(layout: html.HtmlElement) -> bool:
    if layout.get("role") in {"presentation", "none"} or layout.find(".//table") is not None:
        return True
    return all(len([cell for cell in row if cell.text_content().strip()]) <= 1 for row in layout.iter("tr"))


def _main(root: html.HtmlElement) -> html.HtmlElement:
    body = root.find("body") if root.find("body") is not None else root
    for path, share in _MAIN_SHARES.items():
        found = body.xpath(path)
        if len(found) == 1 and len(found[0].text_content()) >= share * len(body.text_content()):
            return found[0]
    return body
