"""Which function reads which kind of file, each loaded when the first file of its kind comes."""

import importlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ragkit.parsing.blocks import Parsed, Unreadable

Reader = Callable[[bytes], Parsed]

# A version goes up whenever a reader, or what it rests on, makes another text of a file: what the last one has read is
# then read again. Text and Markdown must not wait for what Word needs: unstructured and spaCy take seconds to load.
_READERS = {
    "text": ("plain", "read_text", 2),
    "markdown": ("markdown", "read_markdown", 1),
    "html": ("markup", "read_html", 3),
    "xml": ("xml", "read_xml", 2),
    "csv": ("tables", "read_csv", 2),
    "tsv": ("tables", "read_tsv", 2),
    "xls": ("workbook_97", "read_xls", 3),
    "pdf": ("pdf", "read_pdf", 5),
    "image": ("picture", "read_image", 4),
    "eml": ("mail", "read_eml", 6),
    "msg": ("mail", "read_msg", 6),
    "mbox": ("mailbox", "read_mbox", 4),
    "rtf": ("pandoc", "read_rtf", 3),
}
# What may be inside a zip archive. The archive says which it is, whatever its name does.
_INSIDE = {
    "docx": ("office", "read_docx", 4),
    "pptx": ("office", "read_pptx", 3),
    "xlsx": ("workbook", "read_xlsx", 3),
    "odt": ("pandoc", "read_odt", 3),
    "epub": ("pandoc", "read_epub", 3),
}
_READ_BY = {kind: f"{kind} {version}" for kind, (_, _, version) in (_READERS | _INSIDE).items()}
# Without it the whole of a file, or a part, is not read.
_NEEDED = {
    "tesseract": ("pdf", "image", "eml", "msg", "mbox"),
    "pandoc": ("odt", "epub", "rtf", "eml", "msg", "mbox"),
}


def versions() -> frozenset[str]:
    """Return what a document may be read by today, as `Document.parser` has it.

    What lacked a program can be read no better as long as that is missing, and is to be read again when it is there.
    """
    missing = [program for program in _NEEDED if shutil.which(program) is None]
    lacking = (f"{_READ_BY[kind]} without {program}" for program in missing for kind in _NEEDED[program])
    return frozenset({*_READ_BY.values(), *lacking})


def load_reader(kind: str) -> Reader:
    """Return the reader of a kind; one that refuses every file where its libraries do not load."""
    if kind in _READERS:
        return _load(kind, *_READERS[kind])
    if kind in _INSIDE:
        # Loaded before the file's clock runs.
        load_inner_reader(kind)
    return partial(guarded, _function("archive", "read_archive"))


def load_inner_reader(kind: str) -> Reader:
    """Return what reads a zip archive that has been looked into."""
    return _load(kind, *_INSIDE[kind])


def _load(kind: str, module: str, function: str, _: int) -> Reader:
    return partial(_told, _READ_BY[kind], partial(guarded, _function(module, function)))


def _told(parser: str, reader: Reader, body: bytes) -> Parsed:
    parsed = reader(body)
    return replace(parsed, parser=f"{parser} without {parsed.lacks}" if parsed.lacks else parser)


def guarded(reader: Reader, body: bytes) -> Parsed:
    """Return what the reader reads; whatever a file does to it is `Unreadable`, unless memory runs out."""
    try:
        return reader(body)
    except (Unreadable, MemoryError):
        raise
    except RecursionError as error:
        raise Unreadable("is nested too deeply") from error
    except Exception as error:
        # Strangers' files: each library fails in its own way.
        raise Unreadable(f"is damaged or not what its type says ({type(error).__name__})") from error


def _function(module: str, function: str) -> Reader:
    home = f"{__package__}.{module}"
    try:
        reader: Reader = getattr(importlib.import_module(home), function)
    except (ImportError, MemoryError, OSError) as error:
        return partial(_refuse, f"can't be parsed here: {home} does not load ({type(error).__name__})")
    return reader


def _refuse(reason: str, _: bytes) -> Parsed:
    raise Unreadable(reason)
