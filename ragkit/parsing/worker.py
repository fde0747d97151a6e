"""The child: reads one file after another from its stdin and answers each on its stdout.

A request is a header (kind, uri, seconds, max_text) and a body. The child answers the header with `READY` once
the reader is loaded, so that loading does not count against the file, and the body with the document as JSON.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from ragkit.parsing.blocks import Parsed, Unreadable, assemble
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.frames import read_frame, write_frame
from ragkit.parsing.limits import allow_seconds, restrict

READY = b"ready"
HEADER_LIMIT = 1024**2
BODY_LIMIT = 4 * 1024**3
_TITLE_LENGTH = 200

# Loaded when first needed: unstructured and spaCy take seconds, which a folder of PDFs or tables need not pay.
_READERS = {
    "pdf": ("ragkit.parsing.pdf", "read_pdf"),
    "html": ("ragkit.parsing.markup", "read_html"),
    "markdown": ("ragkit.parsing.markup", "read_markdown"),
    "xml": ("ragkit.parsing.xml", "read_xml"),
    "zip": ("ragkit.parsing.archive", "read_archive"),
    "rtf": ("ragkit.parsing.office", "read_rtf"),
    "csv": ("ragkit.parsing.tables", "read_csv"),
    "tsv": ("ragkit.parsing.tables", "read_tsv"),
    "eml": ("ragkit.parsing.mail", "read_eml"),
    "msg": ("ragkit.parsing.mail", "read_msg"),
    "text": ("ragkit.parsing.plain", "read_text"),
}

Reader = Callable[[bytes], Parsed]


def main() -> None:
    """Serve until stdin closes. The one argument is the limit of the address space in bytes."""
    requests, replies = _take_pipes()
    restrict(memory=int(sys.argv[1]))
    while _serve(requests, replies):
        pass


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not break the frames, and what it starts must not read them.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, replies


def _serve(requests: BinaryIO, replies: BinaryIO) -> bool:
    try:
        header = json.loads(read_frame(requests, limit=HEADER_LIMIT))
        reader = _reader(header["kind"])
        write_frame(replies, READY)
        body = read_frame(requests, limit=BODY_LIMIT)
    except EOFError:
        return False
    allow_seconds(header["seconds"])
    write_frame(replies, json.dumps(_answer(reader, body, header["max_text"])).encode())
    return True


def _reader(kind: str) -> Reader:
    module, function = _READERS[kind]
    try:
        reader: Reader = getattr(importlib.import_module(module), function)
    except (ImportError, MemoryError, OSError) as error:
        reason = f"can't be parsed here: {module} does not load ({type(error).__name__})"
        return partial(_refuse, reason)
    return reader


def _refuse(reason: str, _: bytes) -> Parsed:
    raise Unreadable(reason)


def _answer(reader: Reader, body: bytes, max_text: int) -> dict[str, object]:
    try:
        return _document(reader(body), max_text)
    except Unreadable as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"needs more than {int(sys.argv[1]) // 1024**2} MiB of memory to parse"}
    except RecursionError:
        return {"error": "is nested too deeply"}
    except Exception as error:  # noqa: BLE001 - the loop over strangers' files: each library fails in its own way
        return {"error": f"is damaged or not what its type says ({type(error).__name__})"}


def _document(parsed: Parsed, max_text: int) -> dict[str, object]:
    text, sections = assemble(parsed.blocks)
    if not text.strip():
        raise Unreadable("has no text")
    if len(text) > max_text:
        raise Unreadable(f"has {len(text)} characters of text; the limit is {max_text}")
    return {
        "text": text,
        "sections": [(section.heading, section.start, section.end, section.page) for section in sections],
        "title": one_line(parsed.title)[:_TITLE_LENGTH],
        "metadata": dict(parsed.metadata),
    }


if __name__ == "__main__":
    main()
