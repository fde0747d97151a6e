"""The child: reads one file after another from its stdin and answers each on its stdout.

A request is a header (kind, seconds, max_text) and a body. The child answers the header with `READY` once
the reader is loaded, so that loading does not count against the file, and the body with the document as JSON.
"""

import gc
import json
import os
import sys
from typing import BinaryIO

from ragkit.parsing.blocks import Parsed, Unreadable, assemble
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.process.frames import READY, read_frame, write_frame
from ragkit.parsing.process.limits import LOAD_SECONDS, allow_seconds, restrict
from ragkit.parsing.readers.clock import Clock
from ragkit.parsing.readers.registry import Reader, load_reader

HEADER_LIMIT = 1024**2
BODY_LIMIT = 4 * 1024**3
_TITLE_LENGTH = 200
_OBJECTS = 20_000
# spaCy would load each of them that is installed, which takes longer than all the rest, and use none.
_UNUSED = ("torch", "tensorflow", "mxnet", "cupy")


def main() -> None:
    """Serve until stdin closes. The one argument is the limit of the address space in bytes."""
    requests, replies = _take_pipes()
    restrict(memory=int(sys.argv[1]))
    # A reader makes tens of thousands of small objects for one file, few of them in circles: a fifteenth of its time.
    gc.set_threshold(_OBJECTS)
    sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type] # None there makes an import fail
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
        allow_seconds(LOAD_SECONDS)
        reader = load_reader(header["kind"])
        write_frame(replies, READY)
        body = read_frame(requests, limit=BODY_LIMIT)
    except EOFError:
        return False
    _run_clock(header["seconds"], replies)
    write_frame(replies, json.dumps(_answer(reader, body, header["max_text"])).encode())
    return True


def _run_clock(seconds: float, replies: BinaryIO) -> None:
    """Give a file its time, and each of its pictures as much, of which the parent hears, too."""

    def tick() -> None:
        allow_seconds(seconds)
        write_frame(replies, READY)

    allow_seconds(seconds)
    Clock.tick = staticmethod(tick)


def _answer(reader: Reader, body: bytes, max_text: int) -> dict[str, object]:
    try:
        return _document(reader(body), max_text)
    except Unreadable as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"needs more than {int(sys.argv[1]) // 1024**2} MiB of memory to parse"}


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
        "is_scan": parsed.is_scan,
        "metadata": dict(parsed.metadata),
        "parser": parsed.parser,
    }


if __name__ == "__main__":
    main()
