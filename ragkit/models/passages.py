"""A passage taken apart into what can be quoted on its own: sentences, and lists with what introduces them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from ragkit.models.grounding import Passage
from ragkit.sentences import Span, sentences, telling

_STEP = re.compile(r"\d+[.)]\s")
_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_ROW = " | "
_MOST_ITEMS = 10
_SHORT_LIST = 600
# Numbered paragraphs that are longer together are clauses, not steps.
_LONG_STEPS = 800
_FEWEST_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One quotable piece. `lines` stand in the passage word for word; `position` orders the units of a passage."""

    passage: Passage
    lines: tuple[str, ...]
    position: float

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def units(passage: Passage) -> list[Unit]:
    """Return the quotable pieces of a passage, in its order. Headings, questions and fragments are left out."""
    found: list[Unit] = []
    headings = {passage.title, *passage.heading.split(" > ")}
    found_lines = groupby(sentences(passage.text), _line_of(passage.text))
    # A heading like "5. Breaches" would pass for the first step of a list.
    lines = [line for _, spans in found_lines if (line := _Line(passage.text, list(spans))).whole not in headings]
    position = 0
    while position < len(lines):
        taken = _list_length(lines[position:])
        if taken > 1:
            whole = tuple(line.whole for line in lines[position : position + taken])
            found.append(Unit(passage=passage, lines=whole, position=position))
        else:
            found.extend(_separate(passage, lines, position))
        position += taken
    return [unit for unit in found if _quotable(unit)]


@dataclass(frozen=True)
class _Line:
    """One line of a passage, cut into its sentences."""

    text: str
    spans: Sequence[Span]

    @property
    def pieces(self) -> list[str]:
        return [self.text[span.start : span.end] for span in self.spans]

    @property
    def whole(self) -> str:
        return self.text[self.spans[0].start : self.spans[-1].end]


def _line_of(text: str) -> Callable[[Span], int]:
    return lambda span: text.count("\n", 0, span.start)


def _list_length(lines: Sequence[_Line]) -> int:
    """Return how many lines make one list from here: steps, or a short list behind a line that ends in a colon."""
    introduced = lines[0].whole.endswith(":")
    if not introduced and not _STEP.match(lines[0].whole):
        return 1
    items = list(takewhile(lambda line: _ITEM.match(line.whole), lines[introduced : introduced + _MOST_ITEMS]))
    steps = all(_STEP.match(line.whole) for line in items)
    most = _LONG_STEPS if steps else _SHORT_LIST
    return introduced + len(items) if items and sum(len(line.whole) for line in items) <= most else 1


def _separate(passage: Passage, lines: Sequence[_Line], position: int) -> Iterator[Unit]:
    """Yield the sentences of a line one by one; a row of a table comes behind the table's first row."""
    line = lines[position]
    if _ROW in line.whole:
        first = position
        while first > 0 and _ROW in lines[first - 1].whole:
            first -= 1
        header = () if first == position else (lines[first].whole,)
        yield Unit(passage=passage, lines=(*header, line.whole), position=position)
        return
    for number, piece in enumerate(line.pieces):
        yield Unit(passage=passage, lines=(piece,), position=position + number / (len(line.pieces) + 1))


def _quotable(unit: Unit) -> bool:
    first, last = unit.lines[0], unit.lines[-1]
    if first.endswith("?"):
        return False
    whole = last[-1] in ".!;)。" or _ITEM.match(last) is not None or _ROW in last
    return whole and len(telling(unit.text)) >= _FEWEST_WORDS
