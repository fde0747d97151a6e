"""A Word document with all that is read in its body: python-docx passes over what is wrapped or kept elsewhere.

That is what was inserted while changes were tracked, the fields of a form, cross-references, text boxes and notes. The
rows of a table within a cell, which would run together, are parted.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.readers.hidden import is_hidden

_BODY = "word/document.xml"
_NOTES = {"footnoteReference": "word/footnotes.xml", "endnoteReference": "word/endnotes.xml"}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PLACED = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
# In the units of drawings, of which an inch has 914,400: widest margin, longest paper.
_POINT, _MARGIN, _PAPER = 12_700, 3 * 914_400, 50 * 914_400
_WRAPPERS = ("ins", "moveTo", "fldSimple", "smartTag", "customXml", "sdt", "sdtContent")
# What was deleted, what describes a wrapper, and what an older program shows in place of a drawing.
_GONE = ("del", "moveFrom", "sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr", "fldData")
_HINTS = re.compile(
    rb"<w:(?:ins|moveTo|fldSimple|smartTag|customXml|sdt|txbxContent|(?:foot|end)noteReference)\b"
    rb'|<w:vertAlign w:val="superscript"|</w:tbl>(?:(?!<w:t(?:bl|r|c)\b).)*</w:tc>',
    re.DOTALL,
)
# Not what makes an order of a number, as in 1st.
_POWER = re.compile(r"[-\u2212+]?\d.*")


def flattened(body: bytes) -> bytes:
    """Return the file with nothing of its text left in a place that is not read; as it is where there is none."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        if _BODY not in archive.namelist() or not _HINTS.search(archive.read(_BODY)):
            return body
        parts = {name: archive.read(name) for name in archive.namelist()}
    root = _tree(parts[_BODY])
    _drop_blanks(root)
    etree.strip_elements(root, *(_W + name for name in _GONE), _FALLBACK, with_tail=False)
    etree.strip_tags(root, *(_W + name for name in _WRAPPERS))
    _part_raised(root)
    _write_inner_tables(root)
    notes = {name: _notes(parts[part]) for name, part in _NOTES.items() if part in parts}
    for block in list(root.find(_W + "body")):
        for paragraph in reversed([*_boxed(block), *_noted(block, notes)]):
            block.addnext(paragraph)
    parts[_BODY] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return _archive(parts)


def _tree(part: bytes) -> etree._Element:
    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))


def _drop_blanks(root: etree._Element) -> None:
    """Take out the fields that nobody has filled in, and tables of contents, which say all headings twice."""
    for about in list(root.iter(_W + "sdtPr")):
        gallery = about.find(f"{_W}docPartObj/{_W}docPartGallery")
        is_contents = gallery is not None and gallery.get(_W + "val") == "Table of Contents"
        if is_contents or about.find(_W + "showingPlcHdr") is not None:
            field = about.getparent()
            field.getparent().remove(field)


def _part_raised(root: etree._Element) -> None:
    """Write 10 to the power of 6 as 10^6: without a mark it would be 106."""
    for raised in root.iter(_W + "vertAlign"):
        run = raised.getparent().getparent()
        before = run.getprevious() if run.tag == _W + "r" else None
        text = run.find(_W + "t")
        if raised.get(_W + "val") != "superscript" or before is None or text is None:
            continue
        if "".join(before.itertext(_W + "t"))[-1:].isdecimal() and _POWER.fullmatch(text.text or ""):
            text.text = f"^{text.text}"


def _write_inner_tables(root: etree._Element) -> None:
    """Write a table within a cell as a paragraph with a mark between its rows, the innermost one first."""
    for inner in reversed([table for table in root.iter(_W + "tbl") if table.getparent().tag == _W + "tc"]):
        rows = (", ".join(filter(None, map(_said, row.iter(_W + "tc")))) for row in inner.iter(_W + "tr"))
        paragraph = etree.Element(_W + "p")
        etree.SubElement(etree.SubElement(paragraph, _W + "r"), _W + "t").text = "; ".join(filter(None, rows))
        inner.getparent().replace(inner, paragraph)


def _said(cell: etree._Element) -> str:
    paragraphs = ("".join(paragraph.itertext(_W + "t")).strip() for paragraph in cell.iter(_W + "p"))
    return " ".join(filter(None, paragraphs))


def _boxed(block: etree._Element) -> Iterator[etree._Element]:
    for box in list(block.iter(_W + "txbxContent")):
        # What stands in a line is read there.
        if next(box.iterancestors(_PLACED + "inline"), None) is not None:
            continue
        if _is_unseen(box):
            for run in box.iter(_W + "r"):
                etree.SubElement(_properties(run), _W + "vanish")
        yield from box.iterchildren(_W + "p", _W + "tbl")


def _is_unseen(box: etree._Element) -> bool:
    """Tell whether a text box is hidden, has no size or lies off the page; `docx_hidden` takes its text out."""
    if any(is_hidden(shape.get("style", "")) for shape in box.iterancestors()):
        return True
    anchor = next(box.iterancestors(_PLACED + "anchor"), None)
    if anchor is None:
        return False
    about, extent = anchor.find(_PLACED + "docPr"), anchor.find(_PLACED + "extent")
    sizes = [int(extent.get(side, "0")) for side in ("cx", "cy")] if extent is not None else [_POINT]
    offsets = [int(offset.text or 0) for offset in anchor.iter(_PLACED + "posOffset")]
    is_off = any(not -max(sizes) - _MARGIN < offset < _PAPER for offset in offsets)
    return (about is not None and about.get("hidden") in {"1", "true"}) or min(sizes) < _POINT or is_off


def _properties(run: etree._Element) -> etree._Element:
    found = run.find(_W + "rPr")
    if found is None:
        found = etree.Element(_W + "rPr")
        run.insert(0, found)
    return found


def _noted(block: etree._Element, notes: dict[str, dict[str, list[etree._Element]]]) -> Iterator[etree._Element]:
    for name, known in notes.items():
        for reference in block.iter(_W + name):
            yield from map(deepcopy, known.get(reference.get(_W + "id", ""), []))


def _notes(part: bytes) -> dict[str, list[etree._Element]]:
    return {note.get(_W + "id", ""): list(note.iterchildren(_W + "p")) for note in _tree(part)}


def _archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        for name, part in parts.items():
            written.writestr(name, part)
    return stream.getvalue()
