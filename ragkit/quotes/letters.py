"""A text as a reader sees it: one form for letters that look the same, nothing for those that are not seen."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CLUSTER = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
# NFKC would make 10 and 2 of "10²" one hundred and two.
_KEPT = ("<super>", "<sub>", "<fraction>")
# They turn the order of letters around: what is read is not what is stored. U+FFFC is in no word.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAIN = str.maketrans("’‘ʼ‐‑−“”„؟", "'''---\"\"\"?") | {339: "oe", 230: "ae"}  # noqa: RUF001  # what looks alike is the matter
# They stand between the digits of one number in French and German print, as no other space does.
_JOINING_SPACES = frozenset("\u00a0\u2007\u2009\u202f")
# Signs above, below and behind letters. In the scripts of India and South East Asia they are its vowels.
MARKS = "".join(chr(code) for code in range(0x300, 0x2100) if unicodedata.category(chr(code)).startswith("M"))


@dataclass(frozen=True)
class Letters:
    """A text in small letters. `places` has, for each of them, where it stood before; empty if nothing moved."""

    text: str
    places: tuple[int, ...] = ()

    def place(self, position: int) -> int:
        """Return where a letter stood in the text as it was."""
        return self.places[position] if self.places else position


def letters(text: str) -> Letters:
    """Return a text without case, ligatures, full-width forms, soft hyphens and marks of no width.

    Letters of another script that look alike stay apart, and so do raised digits and fractions.
    """
    if text.isascii():
        return Letters(text.lower())
    made: list[str] = []
    places: list[int] = []
    for found in _CLUSTER.finditer(text):
        plain = _plain(found.group())
        made.append(plain)
        places.extend([found.start()] * len(plain))
    return Letters("".join(made), tuple(places))


@lru_cache(maxsize=4096)
def _plain(cluster: str) -> str:
    first = cluster[0]
    if first in _JOINING_SPACES:
        return "\u00a0"
    if first in _TURNING:
        return "\ufffc"
    if unicodedata.category(first) == "Cf":
        return ""
    if unicodedata.decomposition(first).startswith(_KEPT):
        return cluster
    return unicodedata.normalize("NFKC", cluster).casefold().translate(_PLAIN)
