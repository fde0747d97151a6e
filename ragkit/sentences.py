"""Where sentences begin and end, and the words in them."""

import re
from dataclasses import dataclass

# A full stop behind one of these, a single letter, or a clause number at the start of a line ends nothing.
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Art|Sec|Fig|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|"
    r"Jul|Aug|Sept?|Oct|Nov|Dec|z\.B|bzw|ca|Nr|Abs)|\b[A-Za-z]|^\s*(?:[-*]\s+)?\d+(?:\.\d+)*)\.$"
)
# "31. März" is one date.
_DAY = re.compile(r"\b\d{1,2}\.$")
_MONTH = re.compile(r"\s+(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
_ENDS = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+")  # noqa: RUF001  # full-width marks end CJK sentences
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|\w+|[%€$£°]")

# Words that carry no meaning of their own: what two sentences share of these says nothing.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about an and any are as at be been being but by can could did do does for from had has have how i if "
        "in into is it its may me my of on or our shall should so than that the their them then there these they this "
        "those to was we were what when where which while who why will with would you your",
    )
)


@dataclass(frozen=True)
class Span:
    """A stretch of a text by character offsets."""

    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """A word in lower case, and where it stands."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """Return the sentences in order, without the white space around them. Each line ends one; no text, none."""
    spans: list[Span] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        spans.extend(Span(offset + start, offset + end) for start, end in _in_line(line))
        offset += len(line)
    return spans


def words(text: str) -> list[Word]:
    """Return words, numbers with their inner marks (7.2, 1,000, 9:30) and the signs % € $ £ °, in order."""
    return [Word(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]


def telling(text: str) -> list[str]:
    """Return the words that carry meaning, cut to a rough stem, in order."""
    return [stem(word.text) for word in words(text) if word.text not in COMMON]


def stem(word: str) -> str:
    """Return a word without its commonest English endings: refunds, refunded and refunding meet at refund."""
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:  # noqa: PLR2004  # a shorter rest means anything
            return word[: -len(ending)]
    return word


def _in_line(line: str) -> list[tuple[int, int]]:
    found = []
    start = 0
    for end in _ENDS.finditer(line):
        so_far = line[start : end.end()]
        if not _ABBREVIATIONS.search(so_far) and not (_DAY.search(so_far) and _MONTH.match(line, end.end())):
            found.append((start, end.end()))
            start = end.end()
    found.append((start, len(line)))
    return [trimmed for span in found if (trimmed := _trimmed(line, *span))[0] < trimmed[1]]


def _trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    piece = line[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
