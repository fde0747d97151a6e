"""Plain text, source code and settings: as they are."""

import re

from charset_normalizer import from_bytes

from ragkit.parsing.blocks import Block, Parsed
from ragkit.parsing.cleaning import clean
from ragkit.parsing.media import wide_encoding

_LOOK = 4096
_SAMPLE = 256 * 1024


def read_text(body: bytes) -> Parsed:
    """Return the text with its own line breaks; two blank lines or more become one."""
    return Parsed(blocks=[Block(text=paragraphs(decode(body)))])


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
    guess = from_bytes(body[:_SAMPLE]).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")
