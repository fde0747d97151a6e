"""OpenDocument texts, written so that pandoc loses nothing of them."""

import io
import zipfile

from lxml import etree  # type: ignore[import-untyped] # ships no types

_CONTENT = "content.xml"
_TABLE, _TEXT, _STYLE = (f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("table", "text", "style"))
_TITLE = "Title"


def for_pandoc(body: bytes) -> bytes:
    """Return the file with headers of tables, which pandoc leaves out, as rows like others, and titles as headings."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        if _CONTENT not in archive.namelist():
            return body
        root = etree.fromstring(archive.read(_CONTENT), etree.XMLParser(resolve_entities=False, huge_tree=True))
        for header in list(root.iter(f"{_TABLE}table-header-rows")):
            table = header.getparent()
            place = table.index(header)
            table[place : place + 1] = list(header)
        titles = {_TITLE, *_below_title(root)}
        for paragraph in root.iter(f"{_TEXT}p"):
            if paragraph.get(f"{_TEXT}style-name") in titles:
                paragraph.tag = f"{_TEXT}h"
                paragraph.set(f"{_TEXT}outline-level", "1")
        rewritten = io.BytesIO()
        with zipfile.ZipFile(rewritten, "w") as target:
            for name in archive.namelist():
                target.writestr(name, etree.tostring(root) if name == _CONTENT else archive.read(name))
    return rewritten.getvalue()


def _below_title(root: etree._Element) -> list[str]:
    """Return the names of the styles that a program has made of that of titles."""
    styles = root.iter(f"{_STYLE}style")
    return [style.get(f"{_STYLE}name", "") for style in styles if style.get(f"{_STYLE}parent-style-name") == _TITLE]
