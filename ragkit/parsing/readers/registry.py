"""Which function reads which kind of file, each loaded when the first file of its kind comes."""

import importlib
from collections.abc import Callable
from functools import partial

from ragkit.parsing.blocks import Parsed, Unreadable

Reader = Callable[[bytes], Parsed]

# Text and Markdown must not wait for what Word needs: unstructured and spaCy take seconds to load.
_READERS = {
    "text": ("plain", "read_text"),
    "markdown": ("markdown", "read_markdown"),
    "html": ("markup", "read_html"),
    "xml": ("xml", "read_xml"),
    "csv": ("tables", "read_csv"),
    "tsv": ("tables", "read_tsv"),
    "pdf": ("pdf", "read_pdf"),
    "eml": ("mail", "read_eml"),
    "msg": ("mail", "read_msg"),
    "rtf": ("pandoc", "read_rtf"),
    "zip": ("archive", "read_archive"),
}
# What may be inside a zip archive. The archive says which it is, whatever its name does.
_INSIDE = {
    "docx": ("office", "read_docx"),
    "pptx": ("office", "read_pptx"),
    "xlsx": ("workbook", "read_xlsx"),
    "odt": ("pandoc", "read_odt"),
    "epub": ("pandoc", "read_epub"),
}


def load_reader(kind: str) -> Reader:
    """Return the reader of a kind; one that refuses every file where its libraries do not load."""
    if kind not in _INSIDE:
        return _load(*_READERS[kind])
    # Loaded before the file's clock runs.
    _load(*_INSIDE[kind])
    return _load(*_READERS["zip"])


def load_inner_reader(kind: str) -> Reader:
    """Return what reads a zip archive that has been looked into."""
    return _load(*_INSIDE[kind])


def _load(module: str, function: str) -> Reader:
    home = f"{__package__}.{module}"
    try:
        reader: Reader = getattr(importlib.import_module(home), function)
    except (ImportError, MemoryError, OSError) as error:
        return partial(_refuse, f"can't be parsed here: {home} does not load ({type(error).__name__})")
    return reader


def _refuse(reason: str, _: bytes) -> Parsed:
    raise Unreadable(reason)
