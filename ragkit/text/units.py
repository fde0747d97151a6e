"""A passage taken apart into what can be quoted on its own: sentences, and lists with what introduces them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Generic, Protocol, TypeVar

from ragkit.text.lists import is_item, is_step, leads
from ragkit.text.sentences import QUESTIONS, STOPS, Line, lines, sentences, telling, words
from ragkit.text.tables import ROW, Table, names_columns, tables
from ragkit.text.unspaced import is_unspaced

MOST_ITEMS = 10
SHORT_LIST = 600
# Numbered paragraphs that are longer together are clauses, not steps.
_LONG_STEPS = 800
# A longer item is quoted by the sentence, and so is a longer paragraph.
_LONG_ITEM = 600
_LONG_PARAGRAPH = 300
# What says less can't be checked.
FEWEST_WORDS = 3
# A line of so many words is no heading, even if no full stop ends it, and of so few small ones it is a flattened table.
_PROSE_WORDS, _TELLING = 12, 0.7
# Sections that name where something is from, and say nothing themselves.
_SOURCES = re.compile(r"(?:sources?|references|bibliography|further reading|see also)", re.I)
_POINTS_BACK = re.compile(
    r"(?:this|that|these|those|it|its|they|them|their|he|she|such|both|either|neither|otherwise|however|therefore|instead"
    r"|but|if so|in (?:this|that) case)\b",
    re.I,
)
_ASKING = ("?", *QUESTIONS)
_WHOLE = re.compile(rf"(?:[.!]\)?|[;{STOPS}])[\"'\u2019\u201d」』）)]*$")  # noqa: RUF001


class Placed(Protocol):
    """A text below its headings, as a chunk and a passage are; `heading` is the path of them."""

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def heading(self) -> str: ...  # noqa: D102

    @property
    def text(self) -> str: ...  # noqa: D102


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, kw_only=True)
class Unit(Generic[P]):
    """One quotable piece. `lines` stand in the passage word for word; `position` orders the units of a passage.

    The first `lead` of the lines introduce the rest: the line in front of a list, or the header of a table. `before` is
    the sentence that a unit points back at, if it does, and `within` what it is shown as a part of: a short paragraph,
    or the rows of a table that are meant with it.
    """

    passage: P
    lines: tuple[str, ...]
    position: float
    lead: int = 0
    before: str = ""
    within: "Unit[P] | None" = None

    @property
    def steps(self) -> bool:
        """Whether it is a way to do something, step by step."""
        return len(self.lines) > 1 and is_step(self.lines[-1])

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def units(passage: P, *, parts: bool = False) -> list[Unit[P]]:
    """Return the quotable pieces of a passage, in its order. Headings, questions and fragments are left out.

    With `parts` each item of a list that stays together is a piece as well, behind the line that introduces the list.
    """
    if _SOURCES.fullmatch(passage.heading.rpartition(" > ")[2]):
        return []
    found: list[Unit[P]] = []
    headings = {passage.title, *passage.heading.split(" > ")}
    # A heading like "5. Breaches" would pass for the first step of a list.
    rows = [line for line in _parted(passage.text) if line.whole not in headings]
    introductions = leads([line.whole for line in rows])
    found_tables = list(tables(passage.text, 0, len(passage.text)))
    position = 0
    while position < len(rows):
        taken = _list_length(rows[position:])
        if taken > 1:
            whole = tuple(line.whole for line in rows[position : position + taken])
            found.append(Unit(passage=passage, lines=whole, position=position, lead=not is_item(whole[1])))
            if parts:
                found.extend(_items(found[-1]))
        else:
            table = next((one for one in found_tables if one.start <= rows[position].start < one.end), None)
            if table:
                found.extend(_row(passage, rows[position], position, table))
            else:
                found.extend(_separate(passage, rows[position], position, introductions[position]))
        position += taken
    return [unit for unit in found if _quotable(unit)]


def _parted(text: str) -> Iterator[Line]:
    """Yield the lines. What introduces a list is one of its own, even where a page has it behind another sentence."""
    for line in lines(text, sentences(text)):
        parted = len(line.spans) > 1 and line.whole.endswith(":")
        yield from (Line(text, line.spans[:-1]), Line(text, line.spans[-1:])) if parted else (line,)


def _list_length(rows: Sequence[Line]) -> int:
    """Return how many lines make one piece from here: steps, or what is short and stands below a line with a colon."""
    introduced = rows[0].whole.endswith(":")
    if not introduced and not is_step(rows[0].whole):
        return 1
    items = list(takewhile(lambda line: is_item(line.whole), rows[introduced : introduced + MOST_ITEMS]))
    if introduced and not items:
        items = _below(rows[1 : 1 + MOST_ITEMS])
    steps = all(is_step(line.whole) for line in items)
    most = _LONG_STEPS if steps else SHORT_LIST
    return introduced + len(items) if items and sum(len(line.whole) for line in items) <= most else 1


def _below(rows: Sequence[Line]) -> list[Line]:
    """Return the lines below an introduction, up to a blank one: code, an address; none, if they are sentences."""
    gaps = (before.text[before.spans[-1].end : after.start] for before, after in pairwise(rows))
    joined = sum(1 for _ in takewhile(lambda gap: gap.count("\n") == 1, gaps))
    below = list(rows[: joined + 1])
    says = (ROW in line.whole or _WHOLE.search(line.whole) or line.whole.endswith((":", *_ASKING)) for line in below)
    return [] if any(says) else below


def _row(passage: P, line: Line, position: int, table: Table) -> Iterator[Unit[P]]:
    """Yield a row of a table behind its header, which says nothing by itself."""
    # Where a passage begins within a table, its header stands over the passage.
    body = table.start if table.start == 0 and names_columns(passage.heading) else table.body
    if line.start >= body:
        lead = [each.strip() for each in passage.text[table.start : body].splitlines()]
        yield Unit(passage=passage, lines=(*lead, line.whole), position=position, lead=len(lead))


def _separate(passage: P, line: Line, position: int, lead: tuple[str, ...]) -> Iterator[Unit[P]]:
    """Yield a line behind what introduces it, or else the sentences of the line one by one."""
    if ROW in line.whole or (lead and len(line.whole) <= _LONG_ITEM):
        yield Unit(passage=passage, lines=(*lead, line.whole), position=position, lead=len(lead))
        return
    short = len(line.whole) <= _LONG_PARAGRAPH
    paragraph = Unit(passage=passage, lines=(line.whole,), position=position) if short else None
    before = ""
    for number, piece in enumerate(line.pieces):
        at = position + number / (len(line.pieces) + 1)
        needed = before if points_back(piece) else ""
        yield Unit(passage=passage, lines=(piece,), position=at, before=needed, within=paragraph)
        before = piece


def _items(whole: Unit[P]) -> Iterator[Unit[P]]:
    """Yield the items of a list one by one, but not steps: one of those is no way to do something."""
    lead, *items = whole.lines
    if lead.endswith(":") and len(items) > 1 and is_item(items[0]) and not is_step(items[0]):
        for number, item in enumerate(items, start=1):
            yield replace(whole, lines=(lead, item), position=whole.position + number / (len(items) + 1), lead=1)


def points_back(line: str) -> bool:
    """Return whether a line needs the one before it to be understood."""
    return _POINTS_BACK.match(line) is not None


def _quotable(unit: Unit[P]) -> bool:
    first, last = unit.lines[unit.lead], unit.lines[-1]
    if first.endswith(_ASKING) or last.endswith(":"):
        return False
    whole = _WHOLE.search(last) or is_item(last) or unit.lead or ROW in last or _is_prose(last)
    return bool(whole) and len(telling(unit.text)) >= FEWEST_WORDS


def _is_prose(line: str) -> bool:
    said = len(telling(line))
    # Thai, Lao and Khmer often end a sentence by nothing. There a word has about two pairs of letters.
    unspaced = is_unspaced(line) and said >= 2 * _PROSE_WORDS
    return unspaced or _PROSE_WORDS <= said <= _TELLING * len(words(line))
