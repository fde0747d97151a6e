"""Rows of tables: which of them a question means, and which it does not tell apart."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.weighing import likeness
from ragkit.text.sentences import telling
from ragkit.text.tables import ROW, cells
from ragkit.text.units import MOST_ITEMS, SHORT_LIST, Unit

_Had = frozenset[tuple[str, ...]]
# What is asked of each of its kind, or which of its kind there are.
_OF_EACH = re.compile(
    r"\b(?:each|every)\s+(\w+)|\b(?:which|what|all|the|your|these|different|(?:kind|sort|type)s? of)\s+(\w+s)\b", re.I
)


def meant(asked: GroundedQuestion, candidates: Sequence[Unit[Passage]]) -> list[Unit[Passage]]:
    """Return the units with those rows of a table that the question means.

    Rows are much alike: to one who asks for M8, the rows of M6 and M10 are near, and wrong. So a row is left out where
    another one has all of the question's words that it has, and more; and rows that have the same words are shown
    together, as far as they are few.
    """
    wanted = telling(asked.question)
    had = {unit: _had(wanted, unit) for unit in candidates if ROW in unit.lines[-1]}
    most = {(_rivals(asked, unit), has) for unit, has in had.items()}
    alike: dict[tuple[object, ...], list[Unit[Passage]]] = defaultdict(list)
    for unit in candidates:
        has = had.get(unit)
        if has is None:
            alike[(unit,)].append(unit)
        elif not any(rivals == _rivals(asked, unit) and has < other for rivals, other in most):
            # Without a header nobody knows whether they are of one table.
            alike[(unit.passage, _header(unit), has) if unit.lead else (unit,)].append(unit)
    return [unit for rows in alike.values() for unit in _together(rows)]


def lists(asked: GroundedQuestion, unit: Unit[Passage]) -> bool:
    """Return whether the unit is of a table of what is asked about each, or all: plans in the column "Plan"."""
    if unit.lead == 0 or ROW not in unit.lines[-1]:
        return False
    listed = set(telling(cells(unit.lines[unit.lead - 1])[0]))
    named = (word.lower() for words in _OF_EACH.findall(asked.question) for word in words if word)
    return any(likeness(word, listed) == 1 for word in named)


def _rivals(asked: GroundedQuestion, row: Unit[Passage]) -> tuple[object, ...]:
    """Return what the rows have in common of which one may drive out another."""
    return (row.passage.title, _header(row)) if lists(asked, row) else (row.passage.title,)


def _header(row: Unit[Passage]) -> tuple[str, ...]:
    return row.lines[: row.lead]


def _together(rows: Sequence[Unit[Passage]]) -> Sequence[Unit[Passage]]:
    lines = tuple(line for row in rows for line in row.lines[row.lead :])
    if len(rows) == 1 or len(rows) > MOST_ITEMS or sum(map(len, lines)) > SHORT_LIST:
        return rows
    table = replace(rows[0], lines=(*_header(rows[0]), *lines))
    return [replace(row, within=table) for row in rows]


def _had(wanted: Sequence[str], row: Unit[Passage]) -> _Had:
    """Return the words that a row has, and the pairs that follow each other in the question and share a cell.

    What its header says tells no row from another.
    """
    above = set(telling(" ".join(_header(row)))) if ROW in "".join(_header(row)) else set[str]()
    told = [set(telling(cell)) for cell in row.lines[-1].split(ROW)]
    found = [{word for word in wanted if likeness(word, cell) and likeness(word, above) != 1} for cell in told]
    pairs = (pair for pair in pairwise(wanted) if any(cell.issuperset(pair) for cell in found))
    return frozenset([*((word,) for cell in found for word in cell), *pairs])
