"""The items of lists, by the mark in front of them, and the line that introduces each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STEP = re.compile(r"\d+[.)]\s")
_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_MARK = re.compile(
    r"(?P<bullet>[-*•·\u2013])\s|\(?(?P<number>\d+(?:\.\d+)+(?=[.)\s])|\d+(?=[.)]))[.)]?\s"
    r"|\(?(?P<roman>[ivx]+)[.)]\s|\(?(?P<letter>[a-z]{1,2})[.)]\s",
    re.I,
)
_OPENS = re.compile(r"(?::|\s[-\u2013])[\"\u201d]?\s*$")


def is_step(line: str) -> bool:
    """Return whether a line is a numbered item."""
    return _STEP.match(line) is not None


def is_item(line: str) -> bool:
    """Return whether a line is an item with a bullet or a number."""
    return _ITEM.match(line) is not None


def is_marked(line: str) -> bool:
    """Return whether a line is an item of any list: also a clause with its number, or a point with its letter."""
    return _MARK.match(line) is not None


@dataclass
class _Open:
    """A list that is still going on: the line that introduces it, and how it and, once known, the items are marked."""

    line: str
    own: str
    kind: str = ""


def leads(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each line the line that introduces it: none, but for items of a list behind a colon or a dash."""
    stack: list[_Open] = []
    found: list[tuple[str, ...]] = []
    for line in lines:
        kind = _kind(line, stack)
        stack = _going_on(stack, kind)
        found.append((stack[-1].line,) if stack else ())
        if _OPENS.search(line):
            stack = [*stack, _Open(line, kind)]
    return found


def _kind(line: str, stack: Sequence[_Open]) -> str:
    """Return how a line is marked. A single "i" is a letter in a list of letters, and a number elsewhere."""
    mark = _MARK.match(line)
    if mark is None:
        return ""
    kind = str(mark.lastgroup)
    if kind == "number":
        return f"number {mark['number'].count('.')}"
    letters = any(one.kind == "letter" for one in stack[-1:])
    return "letter" if kind == "roman" and letters and len(mark["roman"]) == 1 else kind


def _going_on(stack: Sequence[_Open], kind: str) -> list[_Open]:
    """Return the lists that a line with such a mark leaves open, the innermost last."""
    if not kind or not stack:
        return []
    for depth in range(len(stack), 0, -1):
        innermost = stack[depth - 1]
        if innermost.kind in ("", kind):
            innermost.kind = kind
            return list(stack[:depth])
        if innermost.own == kind:
            return list(stack[: depth - 1])
    return list(stack)
