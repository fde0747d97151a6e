"""Text of a Word document that is set as hidden or too small to be seen; white text is only counted.

White letters may stand on a dark table, which nothing in the text itself tells.
"""

import io
import re
import zipfile

from docx import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ragkit.documents import Metadata
from ragkit.parsing.readers.hidden import REMOVED, SUSPECTED

_PARTS = ("word/document.xml", "word/styles.xml")
# Half points.
_SMALLEST = 3
_HINTS = re.compile(rb'<w:(?:vanish|webHidden|specVanish)\b|<w:sz w:val="[0-3]"|<w:color w:val="[Ff]{6}"')
_OFF = frozenset({"0", "false", "off"})


def without_hidden(body: bytes) -> tuple[bytes, Metadata]:
    """Return the file without the runs that nobody sees, and how many there were."""
    if not _may_hide(body):
        return body, {}
    document = Document(io.BytesIO(body))
    root = document.element.body
    styles = {style.style_id for style in document.styles if _is_hidden(style.element.find(qn("w:rPr")))}
    runs = [run for run in root.iter(qn("w:r")) if _text(run)]
    hidden = [run for run in runs if _is_hidden(run.find(qn("w:rPr"))) or not styles.isdisjoint(_styles(run))]
    pale = [run for run in runs if run not in hidden and _is_white(run.find(qn("w:rPr")))]
    for run in hidden:
        run.getparent().remove(run)
    found = {REMOVED: len(hidden), SUSPECTED: len(pale)}
    if hidden:
        saved = io.BytesIO()
        document.save(saved)
        body = saved.getvalue()
    return body, {name: count for name, count in found.items() if count}


def _may_hide(body: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return any(_HINTS.search(archive.read(name)) for name in _PARTS if name in archive.namelist())


def _is_hidden(properties: BaseOxmlElement | None) -> bool:
    if properties is None:
        return False
    switches = [properties.find(qn(f"w:{name}")) for name in ("vanish", "webHidden", "specVanish")]
    size = properties.find(qn("w:sz"))
    tiny = size is not None and int(size.get(qn("w:val"), "24")) <= _SMALLEST
    return tiny or any(switch is not None and switch.get(qn("w:val"), "1") not in _OFF for switch in switches)


def _styles(run: BaseOxmlElement) -> list[str]:
    paths = ("w:rPr/w:rStyle", "../w:pPr/w:pStyle")
    return [str(style.get(qn("w:val"))) for path in paths for style in run.xpath(path)]


def _is_white(properties: BaseOxmlElement | None) -> bool:
    if properties is None or properties.find(qn("w:shd")) is not None or properties.find(qn("w:highlight")) is not None:
        return False
    colour = properties.find(qn("w:color"))
    return colour is not None and colour.get(qn("w:val"), "").lower() == "ffffff"


def _text(run: BaseOxmlElement) -> str:
    return "".join(part.text or "" for part in run.iter(qn("w:t"))).strip()
