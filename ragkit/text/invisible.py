"""Characters that nobody sees and every model reads: they carry hidden orders, turn text around and break searching."""

import re

# Zero width, bidi controls, fillers, variation selectors, annotation marks, tags, surrogates and control characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Persian, Indic scripts and joined emoji need the joiners between two of their own characters.
_NEEDS_JOINER = "\u0600-\u1fff\u2600-\u27bf\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<![{_NEEDS_JOINER}])[\u200c\u200d]|[\u200c\u200d](?![{_NEEDS_JOINER}])")

# Commands to a terminal, marks that turn the reading direction around, and tags: a text looks like another one by them.
_DECEIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")


def without_invisible(text: str) -> str:
    """Return the text without them; line ends, tabs and the joiners that a script needs stay."""
    if not text.isascii():
        text = _JOINER.sub("", text)
    return _INVISIBLE.sub("", text)


def revealed(text: str) -> str:
    """Return the text with U+FFFD for each character that commands a terminal or deceives a reader."""
    return _DECEIVING.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
