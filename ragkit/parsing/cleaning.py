"""Text as a reader would see it: no invisible characters, one kind of line end, NFC."""

import re
import unicodedata

# Zero width, bidi controls, variation selectors, annotation marks, tags, surrogates and control characters: a person
# sees none of them, a model reads them all, so they carry hidden orders and break searching.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Persian, Indic scripts and joined emoji need the joiners between two of their own characters.
_NEEDS_JOINER = "\u0600-\u1fff\u2600-\u27bf\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<![{_NEEDS_JOINER}])[\u200c\u200d]|[\u200c\u200d](?![{_NEEDS_JOINER}])")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile("[\u00a0\u2007\u202f]")


def clean(text: str) -> str:
    """Return the text in NFC without invisible characters; lines end in a line feed, hard spaces are plain."""
    if not text.isascii():
        text = _SPACE.sub(" ", _JOINER.sub("", text))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Return the cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())
