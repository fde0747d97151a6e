"""What the catalog can keep and give back as it was; the rest is refused before anything is written."""

import math
import reprlib
from collections.abc import Iterator, Sequence, Set

from ragkit.documents import Chunk, Document
from ragkit.errors import ParseError

_LARGEST = 2**63
_READABLE_BITS = 256


def flaw(value: object) -> str:
    """Return what keeps a value from being stored or searched for, and what to do; empty if nothing does."""
    match value:
        case str():
            return _flaw_of_text(value)
        case int():
            fits = -_LARGEST <= value < _LARGEST
            return "" if fits else "does not fit into 64 bits. Write it as a text."
        case float():
            return "" if math.isfinite(value) else "is no finite number. Leave it out."
        case _:
            return "is no text, number or truth value. Leave it out, or write it as a text."


def shown(value: object) -> str:
    """Return a value in quotes as a message shows it: short, on one line, and storable itself."""
    if isinstance(value, int) and value.bit_length() > _READABLE_BITS:
        # Python refuses to write very long integers as decimals.
        return f"an integer of {value.bit_length()} bits"
    return reprlib.repr(value)


def require_storable(document: Document, chunks: Sequence[Chunk]) -> None:
    """Refuse a document that would not come back as it was.

    Raises:
        ParseError: the message names the value and what to do about it.
    """
    if found := next(_flaws(document, chunks), None):
        message = f"{shown(document.uri)} can't be stored: {found}"
        raise ParseError(message, uri=document.uri, media_type=document.media_type, reason=found)


def _flaw_of_text(text: str) -> str:
    # SQLite's functions for JSON and texts stop at a NUL, so that "hr" and "hr\0x" would be the same group.
    if "\0" in text:
        return "has a NUL character in it. Remove it."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "has half of a surrogate pair in it, which is no character. Remove it."
    return ""


def _flaws(document: Document, chunks: Sequence[Chunk]) -> Iterator[str]:
    """Yield what is wrong with a document, each with its name and value."""
    for name in ("uri", "source", "revision", "title", "media_type", "text"):
        yield from _named(f"its {name}", getattr(document, name), is_text=True)
    for section in document.sections:
        yield from _named("a heading", section.heading, is_text=True)
        yield from _named("a page", section.page or 0)
    for key, value in document.metadata.items():
        yield from _named("a key of its metadata", key, is_text=True)
        yield from _named(f"its metadata {shown(key)}", value)
    if not isinstance(document.access, Set):
        yield f"its access {shown(document.access)} is no set of groups. Write frozenset({{'group'}})."
    for group in document.access:
        yield from _named("a group of its access", group, is_text=True)
    for chunk in chunks:
        for text in (chunk.heading, chunk.text):
            yield from _named(f"its chunk {chunk.ordinal}", text, is_text=True)


def _named(name: str, value: object, *, is_text: bool = False) -> Iterator[str]:
    if is_text and not isinstance(value, str):
        yield f"{name} {shown(value)} is no text. Make it one."
    elif found := flaw(value):
        yield f"{name} {shown(value)} {found}"
