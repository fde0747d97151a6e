"""Which reader a resource needs, from its bytes, its media type and the end of its name."""

import codecs
import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ragkit.documents import Resource
from ragkit.parsing.blocks import Unreadable

SUPPORTED = (
    "PDF, HTML, Markdown, docx, pptx, xlsx, xls, csv, tsv, eml, msg, mbox, xml, odt, epub, rtf, scans (png, jpg, tiff, "
    "webp) and plain text"
)

_EXTENSIONS = {
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".docx": "docx",
    ".docm": "docx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".pdf": "pdf",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".eml": "eml",
    ".msg": "msg",
    ".mbox": "mbox",
    ".xml": "xml",
    ".rss": "xml",
    ".atom": "xml",
    ".svg": "xml",
    ".odt": "odt",
    ".epub": "epub",
    ".rtf": "rtf",
}

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html",
    "markdown": "text/markdown",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "mbox": "application/mbox",
    "xml": "application/xml",
    "odt": "application/vnd.oasis.opendocument.text",
    "epub": "application/epub+zip",
    "rtf": "application/rtf",
    "text": "text/plain",
}

_KINDS = {media_type: kind for kind, media_type in MEDIA_TYPES.items()} | {
    "application/xhtml+xml": "html",
    "text/xml": "xml",
    "text/x-markdown": "markdown",
    "text/rtf": "rtf",
}
# Browsers call a csv file that of Excel where Excel opens it.
_ANYTHING = frozenset(
    {"", "text/plain", "application/octet-stream", "binary/octet-stream", "application/zip", MEDIA_TYPES["xls"]}
)
# The streams by which files of Office 97 are known, with what can be read. A workbook may stand within the other two.
_OFFICE_97 = (("WordDocument", "Word", "docx"), ("PowerPoint Document", "PowerPoint", "pptx"))

_SIGNATURES = (
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
)
_UNSUPPORTED = (
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an audio or video file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3", "a SQLite database"),
)
_ZIP_KINDS = frozenset({"docx", "pptx", "xlsx", "odt", "epub"})
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*(<\?xml[^>]*>\s*)?(<!doctype html|<html)", re.IGNORECASE | re.DOTALL)
_LOOK = 4096
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_SHARE = 0.6


def file_name(uri: str) -> str:
    """Return the last part of a path or address, unquoted; the whole uri where there is none."""
    return PurePosixPath(unquote(urlsplit(uri).path).replace("\\", "/")).name or uri


def kind_of(resource: Resource) -> str:
    """Return the name of the reader; "zip" where nothing but a look into the archive tells what it holds.

    Raises:
        Unreadable: no reader can do anything with this type, or the bytes are encrypted.
    """
    head = resource.body[:_LOOK]
    by_bytes = _kind_by_bytes(head)
    named = _kind_by_name(resource)
    if by_bytes == "ole":
        return _kind_of_ole(resource.body, named)
    if by_bytes == "zip" and named in _ZIP_KINDS:
        return named
    if by_bytes:
        return by_bytes
    if named in _ZIP_KINDS or named in {"pdf", "msg", "rtf"}:
        raise Unreadable(f"is damaged: it is called {named} but does not begin like one")
    _refuse_binary(head)
    return _kind_of_text(head, named)


def _kind_by_bytes(head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    for signature, what in _UNSUPPORTED:
        if head.startswith(signature) and (signature != b"MZ" or b"\x00" in head):
            raise _unsupported(what)
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), "")


def _kind_of_text(head: bytes, named: str) -> str:
    if named in {"text", "xls"} and _HTML.match(head):
        return "html"
    if named == "xls":
        # Programs call so what Excel opens.
        return "xml" if head.lstrip().startswith(b"<?xml") else "tsv"
    return named


def _kind_of_ole(body: bytes, named: str) -> str:
    if _utf16("EncryptedPackage") in body:
        raise Unreadable("is encrypted; remove the password")
    if _utf16("__substg1.0_") in body:
        return "msg"
    for stream, program, newer in _OFFICE_97 if named != "xls" else ():
        if _utf16(stream) in body:
            raise Unreadable(f"is of {program} 97 to 2003; save it as {newer}, or: soffice --convert-to {newer} FILE")
    if named == "xls" or _utf16("Workbook") in body:
        return "xls"
    raise _unsupported("a legacy Office file")


def _kind_by_name(resource: Resource) -> str:
    media_type = resource.media_type.partition(";")[0].strip().lower()
    suffix = PurePosixPath(file_name(resource.uri).lower()).suffix
    if media_type in _KINDS and media_type not in _ANYTHING:
        return _KINDS[media_type]
    return _EXTENSIONS.get(suffix, "text")


def wide_encoding(head: bytes) -> str:
    """Return the name of the encoding with two or four bytes a letter, or nothing. The mark at the start may lack."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd, pairs = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if max(even, odd) > _WIDE_SHARE * pairs and min(even, odd) < pairs * (1 - _WIDE_SHARE) / 2:
        return "utf-16-be" if even > odd else "utf-16-le"
    return ""


def _refuse_binary(head: bytes) -> None:
    if b"\x00" in head and not wide_encoding(head):
        raise _unsupported("a binary file")


def _unsupported(what: str) -> Unreadable:
    return Unreadable(f"is {what}, which is not supported. Supported: {SUPPORTED}")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")
