"""HTML: the main content without menus, scripts and what a reader would not see."""

import re

from lxml import etree, html  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Parsed, Unreadable, first_heading
from ragkit.parsing.readers.flow import HEADINGS, blocks_of_page
from ragkit.parsing.readers.furniture import Furniture, letters
from ragkit.parsing.readers.hidden import Hidden
from ragkit.parsing.readers.numbers import number_lists, write_raised
from ragkit.parsing.readers.plain import decode

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SCRIPTS = frozenset({"script", "style", "noscript", "template", "iframe", "object", "embed"})
_BOILERPLATE = frozenset({"nav", "footer", "button", "select", "input", "textarea", "dialog", "label", "datalist"})
_PICTURES = frozenset({"canvas", "audio", "video", "svg", "img"})
# What stands instead of the page, beside it, or no longer in it.
_INSTEAD = frozenset({"head", "title", "xml", "ix:header", "noembed", "noframes", "del"})
_DROPPED = _SCRIPTS | _BOILERPLATE | _PICTURES | _INSTEAD
_ROLES = ("navigation", "contentinfo", "search", "menu", "doc-backlink")
_PERMALINK = frozenset({"¶", "#", "§", "🔗", "\u21a9", "\u21a9\ufe0e"})
# XML has none of these characters: lxml reads them, and refuses to put a text that has one in another place.
_UNKNOWN = bytes([*range(1, 9), *range(14, 32)])
_LINE_ENDS = bytes.maketrans(b"\x0b\x0c", b"\n\n")
# How much of the page's text must stand there: a page may mark a teaser as an article, or fill its main by script.
_MAIN_SHARES = {".//main | .//*[@role='main']": 0.1, ".//article": 0.5}


def read_html(body: bytes) -> Parsed:
    """Return the main content of a page. Its title is the first h1, or else the title in its head."""
    declared = _CHARSET.search(body[:2048])
    return parse_html(decode(body, declared=declared.group(1).decode("ascii", "replace") if declared else ""))


def parse_html(text: str) -> Parsed:
    """Return the main content of a page that is already decoded.

    Raises:
        Unreadable: the page is nested so deeply that the parser would leave out a part of it.
    """
    if not text.strip():
        return Parsed(blocks=[])
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # Otherwise lxml asks a function of Python for the class of every element.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    encoded = text.encode("utf-8", "replace").translate(_LINE_ENDS, _UNKNOWN)
    root = html.document_fromstring(encoded, parser=parser)
    if any("depth" in entry.message for entry in parser.error_log):
        raise Unreadable("is nested too deeply")
    title = root.findtext(".//title") or ""
    hidden = Hidden(root)
    _drop_unseen(root, hidden)
    number_lists(root)
    write_raised(root)
    _unwrap_layout(root)
    _write_formulas(root)
    main = _main(root)
    blocks = blocks_of_page(main)
    return Parsed(blocks=blocks, title=first_heading(blocks) or title, metadata=hidden.counted(main))


def _drop_unseen(root: html.HtmlElement, hidden: Hidden) -> None:
    furniture = Furniture(root)
    for element in list(root.iter()):
        if element.getparent() is None or not isinstance(element.tag, str):
            continue
        if _is_unseen(element, hidden) or (element.attrib and furniture.has(element)):
            element.drop_tree()


def _is_unseen(element: html.HtmlElement, hidden: Hidden) -> bool:
    if element.tag in _DROPPED:
        return True
    if not element.attrib and element.tag not in {"a", "header"}:
        return False
    if element.get("role") in _ROLES or "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return True
    if hidden.hides(element):
        return True
    if element.tag == "a":
        return element.text_content().strip() in _PERMALINK
    return element.tag == "header" and _is_banner(element)


def _is_banner(header: html.HtmlElement) -> bool:
    inside = any(ancestor.tag in {"main", "article"} for ancestor in header.iterancestors())
    return not inside and header.find(".//h1") is None


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
    if layout.find(".//th") is None and next(layout.iterdescendants(*HEADINGS), None) is not None:
        return True
    return all(len([cell for cell in row if cell.text_content().strip()]) <= 1 for row in layout.iter("tr"))


def _write_formulas(root: html.HtmlElement) -> None:
    """Put the TeX that a formula says it was made from in its place: its own letters lie in no order that reads."""
    for formula in list(root.iter("math")):
        notes = [note.text for note in formula.iter("annotation") if "tex" in note.get("encoding", "").lower()]
        source = next(filter(None, notes), formula.get("alttext"))
        formula.text = source or " ".join(formula.itertext())
        del formula[:]
        if formula.get("display") == "block":
            formula.tag = "div"


def _main(root: html.HtmlElement) -> html.HtmlElement:
    body = root.find("body") if root.find("body") is not None else root
    for path, share in _MAIN_SHARES.items():
        found = body.xpath(path)
        if len(found) == 1 and letters(found[0]) >= share * letters(body):
            return found[0]
    return body
