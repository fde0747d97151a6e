"""Plain text, source code and settings."""

import re

from chardetng_py import detect  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed
from ragkit.parsing.cleaning import clean
from ragkit.parsing.media import wide_encoding
from ragkit.parsing.readers.wrapping import unwrapped

_LOOK = 4096
_SAMPLE = 256 * 1024
# What Python calls the two encodings that it does not know by their names on the web.
_NAMES = {"windows-874": "cp874", "ISO-8859-8-I": "iso8859-8"}
# A byte that is none of UTF-8, as "surrogateescape" keeps it; and what UTF-8 needs several bytes for.
_STRAY = re.compile("[\udc80-\udcff]")
_LONG = re.compile("[^\x00-\x7f\udc80-\udcff]")


def read_text(body: bytes) -> Parsed:
    """Return the text; two blank lines or more become one, and lines of prose that a width broke are joined."""
    return Parsed(blocks=[Block(text=unwrapped(paragraphs(decode(body))))])


def paragraphs(text: str) -> str:
    """Return the text cleaned, with exactly one blank line wherever there were some."""
    lines = (line.rstrip() for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def decode(body: bytes, *, declared: str = "") -> str:
    """Return the text of bytes: by their mark, as UTF-8, as declared, or by a guess. What can't be read is U+FFFD."""
    if wide := wide_encoding(body[:_LOOK]):
        return body.decode(wide, "replace")
    for encoding in filter(None, ("utf-8-sig", declared)):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _mostly_utf8(body) or body.decode(_guessed(body), "replace")


def _mostly_utf8(body: bytes) -> str:
    """Return the text of UTF-8 with a stray byte here and there, each a letter of Windows; nothing of other bytes.

    So is a file that was cut off or put together of several. By a guess most of it would be lost.
    """
    text = body.decode("utf-8-sig", "surrogateescape")
    if len(_STRAY.findall(text)) >= len(_LONG.findall(text)):
        return ""
    return _STRAY.sub(lambda stray: bytes([ord(stray[0]) & 0xFF]).decode("cp1252", "replace"), text)


def _guessed(body: bytes) -> str:
    name: str = detect(body[:_SAMPLE], allow_utf8=False)
    return _NAMES.get(name, name)
