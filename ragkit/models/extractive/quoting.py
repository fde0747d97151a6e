"""Units written as an answer: in the order of the passages, under their headings, each sentence with its marker."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from ragkit.models.chat.grounding import Passage
from ragkit.models.extractive.amending import changes
from ragkit.text.lists import is_marked
from ragkit.text.sentences import sentences, telling
from ragkit.text.tables import ROW, names_columns
from ragkit.text.units import FEWEST_WORDS, Unit, points_back

# The number of a clause belongs to the document; behind "15." a sentence would end.
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*[.)]?\s+")
_STOP = re.compile(r"[.!?…]+(?=\s)")
_BULLET = re.compile(r"^[-*•]\s+")
# What begins so needs something before it to be understood.
_LOWER = re.compile(r"[-*•]\s|[a-z]")


def quoted(chosen: Sequence[Unit[Passage]]) -> str:
    """Return the units as a text: passages in order and apart, what one line introduces together below it.

    A passage that changes a clause comes next to that of the clause.

    A heading stands before the units of a passage if there is more than one place, or if they can't be understood
    without: steps, an item of a list whose introduction is elsewhere, a row without the names of its columns, or a
    sentence that points back. What stands over the passage before is not said again.
    """
    ordered = _understood(sorted(chosen, key=lambda unit: (*_beside(unit.passage, chosen), unit.position)))
    blocks = [list(block) for _, block in groupby(ordered, key=lambda unit: unit.passage.marker)]
    places = [_place(block[0].passage) for block in blocks]
    headed = len({*places}) > 1
    written, over = list[str](), ""
    for place, block in zip(places, blocks, strict=True):
        wanted = place if headed or _leans(block[0]) else ""
        written.append("\n".join([*([f"{wanted}:"] if wanted not in ("", over) else []), *_paragraphs(block)]))
        over = wanted
    return "\n\n".join(written)


def _beside(passage: Passage, chosen: Sequence[Unit[Passage]]) -> tuple[int, int]:
    own = [unit for unit in chosen if unit.passage == passage]
    changed = [other.passage.marker for unit in own for other in chosen if changes(unit, other)]
    return min(changed, default=passage.marker), passage.marker


def _understood(ordered: Sequence[Unit[Passage]]) -> Iterator[Unit[Passage]]:
    """Yield the units, each behind the sentence that it points back at."""
    last: tuple[str, ...] = ()
    for unit in ordered:
        if unit.before and last != (unit.before,):
            yield replace(unit, lines=(unit.before,), before="")
        yield unit
        last = unit.lines


def _place(passage: Passage) -> str:
    """Return the title and the headings of a passage, as one line that no full stop ends too soon."""
    headings = (_NUMBERED.sub("", part, count=1) for part in passage.heading.split(" > "))
    return _STOP.sub("", " > ".join(dict.fromkeys(filter(None, (passage.title, *headings))))).rstrip(":.?! ")


def _leans(unit: Unit[Passage]) -> bool:
    first = unit.lines[0]
    nameless = ROW in first and names_columns(unit.passage.heading)
    return not unit.lead and (nameless or _LOWER.match(first) is not None or points_back(first) or unit.steps)


def _paragraphs(units: Sequence[Unit[Passage]]) -> Iterator[str]:
    """Yield the units of a passage: those with the same introduction below it, sentences that follow in one line."""
    for lead, group in groupby(units, key=lambda unit: unit.lines[: unit.lead]):
        together = list(group)
        if not lead and all(len(unit.lines) == 1 for unit in together):
            yield from _running(together)
            continue
        lines = [*lead, *(line for unit in together for line in unit.lines[unit.lead :])]
        yield "\n".join(_marked(line, together[0].passage) for line in lines)


def _running(units: Sequence[Unit[Passage]]) -> Iterator[str]:
    """Yield sentences in one line, but items, clauses and rows line by line. A single item needs no bullet."""
    if len(units) == 1:
        yield _marked(_BULLET.sub("", units[0].lines[0]), units[0].passage)
        return
    line = _marked(units[0].lines[0], units[0].passage)
    for before, unit in pairwise(units):
        one_line = int(before.position) == int(unit.position) or not (_is_apart(before) or _is_apart(unit))
        said = _marked(unit.lines[0], unit.passage)
        if one_line:
            line = f"{line} {said}"
        else:
            yield line
            line = said
    yield line


def _is_apart(unit: Unit[Passage]) -> bool:
    return is_marked(unit.lines[0]) or ROW in unit.lines[0]


def _marked(line: str, passage: Passage) -> str:
    """Return a line with the marker of its passage behind every sentence that says enough to be checked."""
    pieces = [line[span.start : span.end] for span in sentences(line)]
    return " ".join(piece if _introduces(piece) else f"{piece} [{passage.marker}]" for piece in pieces)


def _introduces(piece: str) -> bool:
    return piece.endswith(":") and len(telling(piece)) < FEWEST_WORDS
