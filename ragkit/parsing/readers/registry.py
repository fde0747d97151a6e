"""Which function reads which kind of file, each loaded when the first file of its kind comes."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ragkit.parsing.blocks import Parsed, Unreadable

Reader = Callable[[bytes], Parsed]

# A version goes up whenever a reader, or what it rests on, makes another text of a file: what the last one has read is
# then read again. Text and Markdown must not wait for what Word needs: unstructured and spaCy take seconds to load.
_READERS = {
    "text": ("plain", "read_text", 1),
    "markdown": ("markdown", "read_markdown", 1),
    "html": ("markup", "read_html", 1),
    "xml": ("xml", "read_xml", 1),
    "csv": ("tables", "read_csv", 1),
    "tsv": ("tables", "read_tsv", 1),
    "pdf": ("pdf", "read_pdf", 1),
    "eml": ("mail", "read_eml", 1),
    "msg": ("mail", "read_msg", 1),
    "rtf": ("pandoc", "read_rtf", 1),
}
# What may be inside a zip archive. The archive says which it is, whatever its name does.
_INSIDE = {
    "docx": ("office", "read_docx", 1),
    "pptx": ("office", "read_pptx", 1),
    "xlsx": ("workbook", "read_xlsx", 1),
    "odt": ("pandoc", "read_odt", 1),
    "epub": ("pandoc", "read_epub", 1),
}
PARSERS = frozenset(f"{kind} {version}" for kind, (_, _, version) in (_READERS | _INSIDE).items())
"""What a document may have been read by, as `Document.parser` has it."""


def load_reader(kind: str) -> Reader:
    """Return the reader of a kind; one that refuses every file where its libraries do not load."""
    if kind in _READERS:
        return _load(kind, *_READERS[kind])
    if kind in _INSIDE:
        # Loaded before the file's clock runs.
        load_inner_reader(kind)
    return _function("archive", "read_archive")


def load_inner_reader(kind: str) -> Reader:
    """Return what reads a zip archive that has been looked into."""
    return _load(kind, *_INSIDE[kind])


def _load(kind: str, module: str, function: str, version: int) -> Reader:
    return partial(_told, f"{kind} {version}", _function(module, function))


def _told(parser: str, reader: Reader, body: bytes) -> Parsed:
    return replace(reader(body), parser=parser)


def _function(module: str, function: str) -> Reader:
    home = f"{__package__}.{module}"
    try:
        reader: Reader = getattr(importlib.import_module(home), function)
    except (ImportError, MemoryError, OSError) as error:
        return partial(_refuse, f"can't be parsed here: {home} does not load ({type(error).__name__})")
    return reader


def _refuse(reason: str, _: bytes) -> Parsed:
    raise Unreadable(reason)
