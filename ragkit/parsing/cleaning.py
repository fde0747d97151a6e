"""Text as a reader would see it: no invisible characters, one kind of line end, NFC."""

import re
import unicodedata

from ragkit.text.invisible import without_invisible

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile("[\u00a0\u2007\u202f]")


def clean(text: str) -> str:
    """Return the text in NFC without invisible characters; lines end in a line feed, hard spaces are plain."""
    if text.isascii() and text.isprintable():
        return text
    if not text.isascii():
        text = _SPACE.sub(" ", text)
    return unicodedata.normalize("NFC", without_invisible(_LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Return the cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())
