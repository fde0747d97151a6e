"""What changes a clause that is quoted: the sentence of another document that says so is quoted behind it."""

import re
from collections.abc import Sequence
from itertools import chain

from ragkit.models.chat.grounding import Passage
from ragkit.text.units import Unit, units

_NUMBERED = re.compile(r"(?:(?:clause|section|article|§)\s*)?(\d+(?:\.\d+)*)[.)]?\s", re.I)
_REFERS = re.compile(r"\b(?:clause|section|article|paragraph)s?\s+(\d[\d.,\s]*(?:(?:and|or|to)\s+\d[\d.]*)*)", re.I)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_CHANGES = re.compile(r"\b(?:replaced|amended|deleted|removed|substituted|superseded|varied|modified|inserted)\b", re.I)
_NOT = re.compile(r"\bnot\b", re.I)


def with_changes(chosen: Sequence[Unit[Passage]], passages: Sequence[Passage]) -> list[Unit[Passage]]:
    """Return the units, each with those behind it that change its clause; those of no numbered clause as they are."""
    others = [one for passage in passages for one in units(passage) if _changed(one.text)]
    found = ((unit, *(one for one in others if changes(one, unit))) for unit in chosen)
    return list(dict.fromkeys(chain.from_iterable(found)))


def changes(unit: Unit[Passage], other: Unit[Passage]) -> bool:
    """Whether a unit says that the clause of the other one is changed.

    Only that of a document that its own has in the title counts: an "Amendment to the Lease" changes "Lease".
    """
    title, changed = unit.passage.title.casefold(), other.passage.title.casefold()
    return bool(changed) and changed in title and changed != title and _clause(other) in _changed(unit.text)


def _clause(unit: Unit[Passage]) -> str:
    """Return the number of the clause that a unit is, or stands in; empty if it has none."""
    innermost = unit.passage.heading.rsplit(" > ", maxsplit=1)[-1]
    found = _NUMBERED.match(unit.text) or _NUMBERED.match(f"{innermost} ")
    return found[1] if found else ""


def _changed(text: str) -> set[str]:
    """Return the numbers of the clauses that a text says it changes."""
    if not _CHANGES.search(text) or _NOT.search(text):
        return set()
    return {number for reference in _REFERS.findall(text) for number in _NUMBER.findall(reference)}
