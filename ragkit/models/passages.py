"""A passage taken apart into what can be quoted on its own: sentences, and lists with what introduces them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.models.grounding import Passage
from ragkit.sentences import Span, sentences, telling

_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_ROW = " | "
_LONGEST_LIST = 10
_FEWEST_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One quotable piece. `lines` stand in the passage word for word; `position` orders the units of a passage."""

    passage: Passage
    lines: tuple[str, ...]
    position: int

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def units(passage: Passage) -> list[Unit]:
    """Return the quotable pieces of a passage, in its order. Headings and fragments are left out."""
    found = []
    spans = sentences(passage.text)
    position = 0
    while position < len(spans):
        taken = _listed(passage.text, spans, position)
        lines = tuple(passage.text[span.start : span.end] for span in spans[position : position + taken])
        if _quotable(passage, lines):
            found.append(
                Unit(passage=passage, lines=_with_header(passage.text, spans, position, lines), position=position)
            )
        position += taken
    return found


def _listed(text: str, spans: Sequence[Span], first: int) -> int:
    """Return how many sentences belong together from here: one, or a line that ends in a colon and its list."""
    if not text[spans[first].start : spans[first].end].endswith(":"):
        return 1
    taken = 1
    for span in spans[first + 1 : first + 1 + _LONGEST_LIST]:
        if not _ITEM.match(text, span.start) and not _same_line(text, spans[first + taken - 1], span):
            break
        taken += 1
    return taken


def _same_line(text: str, before: Span, span: Span) -> bool:
    return "\n" not in text[before.end : span.start]


def _with_header(text: str, spans: Sequence[Span], position: int, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put the first row of a table in front of a later one: alone, its cells say nothing."""
    if _ROW not in lines[0]:
        return lines
    first = position
    while first > 0 and _ROW in text[spans[first - 1].start : spans[first - 1].end]:
        first -= 1
    header = text[spans[first].start : spans[first].end]
    return lines if first == position else (header, *lines)


def _quotable(passage: Passage, lines: tuple[str, ...]) -> bool:
    first = lines[0]
    if first in (passage.title, passage.heading.rpartition(" > ")[2]) or first.endswith("?"):
        return False
    whole = first[-1] in ".!:;)。" or _ITEM.match(first) is not None or _ROW in first  # a CJK stop
    return whole and len(telling(" ".join(lines))) >= _FEWEST_WORDS
