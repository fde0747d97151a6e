"""Files that are zip archives inside: what is in them decides."""

import io
import zipfile
from dataclasses import replace

from lxml import etree  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Parsed, Unreadable, is_title
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.media import SUPPORTED
from ragkit.parsing.readers.registry import load_inner_reader

_PARTS = {
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "xl/workbook.xml": "xlsx",
}
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/epub+zip": "epub",
}
_UNPACKED_LIMIT = 1024**3
_RATIO_LIMIT = 200
_SMALL = 16 * 1024**2
_CORE = "docProps/core.xml"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"


def read_archive(body: bytes) -> Parsed:
    """Return what the archive's own reader makes of it.

    Raises:
        Unreadable: it is a plain zip, encrypted, damaged, or would unpack to far more than it is.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise Unreadable(f"is damaged: the archive inside can't be opened ({type(error).__name__})") from error
    with archive:
        _refuse_bombs(archive, len(body))
        parsed = _read(archive, body)
        core = _core_properties(archive)
    title = core.get("title", "")
    author = {"author": core["creator"]} if core.get("creator") else {}
    title = title if is_title(title) else parsed.title
    return replace(parsed, title=title, metadata={**author, **parsed.metadata})


def _read(archive: zipfile.ZipFile, body: bytes) -> Parsed:
    names = set(archive.namelist())
    for part, kind in _PARTS.items():
        if part in names:
            return load_inner_reader(kind)(body)
    if "mimetype" in names:
        open_kind = _MIMETYPES.get(archive.read("mimetype").strip())
        if open_kind is not None:
            _refuse_encrypted(archive, names)
            return load_inner_reader(open_kind)(body)
    raise Unreadable(f"is a zip archive, which is not supported. Supported: {SUPPORTED}")


def _refuse_bombs(archive: zipfile.ZipFile, size: int) -> None:
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > _UNPACKED_LIMIT or unpacked > max(_SMALL, _RATIO_LIMIT * size):
        raise Unreadable(f"would unpack to {unpacked} bytes, {unpacked // size} times its size")
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise Unreadable("is encrypted; remove the password")


def _refuse_encrypted(archive: zipfile.ZipFile, names: set[str]) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in archive.read(manifest):
        raise Unreadable("is encrypted; remove the password")


def _core_properties(archive: zipfile.ZipFile) -> dict[str, str]:
    if _CORE not in archive.namelist():
        return {}
    root = etree.fromstring(archive.read(_CORE), etree.XMLParser(resolve_entities=False, recover=True))
    if root is None:
        return {}
    return {name: one_line(root.findtext(f"{_DUBLIN_CORE}{name}") or "") for name in ("title", "creator")}
