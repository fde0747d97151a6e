"""Where a text makes a pause: between paragraphs, lines, sentences and words."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

PARAGRAPH, LINE, SENTENCE, WORD = range(4)

_LINE_END = re.compile(r"\n\s*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE_END = re.compile(
    r"[.!?\u2026]+[\"')\]\u2019\u201d\u00bb]*\s+(?=\S)|[\u3002\uff01\uff1f]+[\"')\u2019\u201d\u300d\u300f]*\s*"
)
_ABBREVIATION = re.compile(
    r"(?<!\w)(\w|e\.g|i\.e|z\.B|cf|vs|viz|al|approx|ca|Dr|Mr|Mrs|Ms|Prof|Rev|Hon|Jr|Sr|St|Gen|Col|Capt|No|Nos|Nr|Art|"
    r"Sec|Sect|Ch|Cl|Para|pp|Vol|Fig|Figs|Eq|Tab|Ref|Abs|Inc|Ltd|Co|Corp|bzw|usw)\.\Z",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 8
# Lists, tables, code and addresses mean something by their lines; wrapped prose does not.
_LISTED = re.compile(r"^[ \t]*(?:[-*\u2022]|\(?\w{1,3}[.)])[ \t]|^(?: {2,}|\t)\S|[ \t]\|[ \t]|[;{}:,]$")


def sentences(text: str, start: int, end: int, boundary: int) -> Iterator[tuple[int, int, int]]:
    """Yield the sentences and the lines of lists, each to where the next one starts, and what ends it."""
    for left, right in _between(_BLANK_LINE, text, start, end):
        lines = text[left:right].rstrip().split("\n")
        if len(lines) > 1 and 2 * sum(_LISTED.search(line) is not None for line in lines) >= len(lines):
            spans, inner = list(_between(_LINE_END, text, left, right)), LINE
        else:
            spans, inner = list(_between(_SENTENCE_END, text, left, right)), SENTENCE
        for index, span in enumerate(spans, start=1):
            yield *span, inner if index < len(spans) else boundary


def _between(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[Span]:
    left = start
    for match in pattern.finditer(text, start, end):
        if match.end() < end and not (pattern is _SENTENCE_END and _goes_on(text, match)):
            yield left, match.end()
            left = match.end()
    if left < end:
        yield left, end


def _goes_on(text: str, match: re.Match[str]) -> bool:
    if not match.group().startswith("."):
        return False
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start() + 1]
    return text[match.end()].islower() or _ABBREVIATION.search(before) is not None


def word_end(text: str, start: int, end: int) -> int:
    """Return the last place up to `end` where a word begins, or `end` where a single word runs on."""
    cut = max(text.rfind(space, start, end) for space in " \n\t") + 1
    return cut if cut > start else end
