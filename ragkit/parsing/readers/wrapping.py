"""Prose whose lines were broken to fit a width: each paragraph becomes one line again, so that sentences are whole."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

# Who writes with a width takes some 60 to 80 signs.
_NARROWEST, _WIDEST = 45, 100
# Headings, and most lines of tables and code.
_SHORT = 30
# A line that says something: some words behind each other, no columns, no code.
_PROSE = re.compile(r"[^\W\d_][\w'’-]*[,;:.)]?(?: [\"'“(]?[\w'’-]+[\"'”).,;:!?]*){3}")  # noqa: RUF001
_NO_PROSE = re.compile(r"\S(?: {3,}|\t)\S|[{}|\\]|[;=]$|\w\(\)|^\s*[>#%:@]")
# The dots of "Art." and "No." end no item's number, three letters and more no item's letter.
_ITEM = re.compile(r"\s*(?:[-*•+–o]|\(?(?:\d{1,3}(?:\.\d+)*|[a-zA-Z]|[ivxIVX]+)[.)]|\d+(?:\.\d+)+)\s")  # noqa: RUF001
_HYPHEN = re.compile(r"\w-$")
# Of the median width: where a line ends depends on the length of the next word.
_ROOM = 0.9


def unwrapped(text: str) -> str:
    """Return the text with its wrapped lines joined; lists, tables, verses, addresses and code keep their lines."""
    paragraphs = [
        list(lines) if filled else None
        for filled, lines in groupby(text.split("\n"), key=lambda line: bool(line.strip()))
    ]
    width = _width([lines for lines in paragraphs if lines])
    if width is None:
        return text
    joined = ("\n".join(_joined(lines, width)) if lines else None for lines in paragraphs)
    return "\n\n".join(lines for lines in joined if lines is not None)


def _width(paragraphs: Sequence[Sequence[str]]) -> float | None:
    """Return how long a line is that another one follows; None if no width shows, or most of the lines are no prose."""
    followed = [line for lines in paragraphs for line in lines[:-1] if len(line) >= _SHORT]
    prose = [len(line) for line in followed if _is_prose(line)]
    if 2 * len(prose) < max(len(followed), 1):
        return None
    width = median(prose)
    return width if _NARROWEST <= width <= _WIDEST else None


def _joined(lines: Sequence[str], width: float) -> Iterator[str]:
    breaks = [_found_no_room(above, below, width) for above, below in pairwise(lines)]
    begun = [below.lstrip()[0] for full, below in zip(breaks, lines[1:], strict=True) if full]
    # Each line of a verse or an address begins with a capital.
    if 3 * sum(sign.islower() or sign.isdigit() or sign == "(" for sign in begun) < max(len(begun), 1):
        yield from lines
        return
    whole = lines[0]
    for full, line in zip(breaks, lines[1:], strict=True):
        if full:
            whole += line.lstrip() if _HYPHEN.search(whole) else f" {line.lstrip()}"
        else:
            yield whole
            whole = line
    yield whole


def _found_no_room(above: str, below: str, width: float) -> bool:
    """Whether the next line's first word is there because a line of prose had no room for it, or nearly none."""
    if len(above) + 1 + len(below.split(maxsplit=1)[0]) <= _ROOM * width:
        return False
    return _is_prose(above) and not _ITEM.match(below) and not _NO_PROSE.search(below)


def _is_prose(line: str) -> bool:
    return _PROSE.search(line) is not None and not _NO_PROSE.search(line)
