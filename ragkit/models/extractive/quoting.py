"""Units written as an answer: in the order of the passages, under their headings, each sentence with its marker."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ragkit.models.chat.grounding import Passage
from ragkit.models.extractive.passages import Unit
from ragkit.sentences import sentences

# The number of a clause belongs to the document; behind "15." a sentence would end.
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*[.)]?\s+")
_STOP = re.compile(r"[.!?…]+(?=\s)")
# What begins so needs something before it to be understood.
_LOWER = re.compile(r"[-*•]\s|[a-z]")
_PRONOUN = re.compile(r"(?:this|that|these|those|it|its|they|them|their|he|she|such|otherwise|if so)\b", re.I)


def quoted(chosen: Sequence[Unit]) -> str:
    """Return the units as a text: passages in order and apart, what one line introduces together below it.

    A heading stands before the units of a passage if there is more than one place, or if they can't be understood
    without: an item of a list whose introduction is elsewhere, or a sentence that points back.
    """
    ordered = sorted(chosen, key=lambda unit: (unit.passage.marker, unit.position))
    blocks = [list(block) for _, block in groupby(ordered, key=lambda unit: unit.passage.marker)]
    places = {_place(block[0].passage) for block in blocks}
    return "\n\n".join(_block(block, headed=len(places) > 1) for block in blocks)


def _block(units: Sequence[Unit], *, headed: bool) -> str:
    place = _place(units[0].passage)
    wanted = place and (headed or _leans(units[0]))
    return "\n".join([*([f"{place}:"] if wanted else []), *_paragraphs(units)])


def _place(passage: Passage) -> str:
    """Return the title and the innermost heading of a passage, as one line that no full stop ends too soon."""
    heading = _NUMBERED.sub("", passage.heading.rpartition(" > ")[2], count=1)
    place = " > ".join(dict.fromkeys(part for part in (passage.title, heading) if part))
    return _STOP.sub("", place).rstrip(":.?! ")


def _leans(unit: Unit) -> bool:
    first = unit.lines[0]
    return not unit.lead and (_LOWER.match(first) is not None or _PRONOUN.match(first) is not None)


def _paragraphs(units: Sequence[Unit]) -> Iterator[str]:
    """Yield the units of a passage: those with the same introduction below it, sentences that follow in one line."""
    for lead, group in groupby(units, key=lambda unit: unit.lines[: unit.lead]):
        together = list(group)
        if not lead and all(len(unit.lines) == 1 for unit in together):
            yield " ".join(_marked(unit.lines[0].removeprefix("- "), unit.passage) for unit in together)
            continue
        lines = [*lead, *(line for unit in together for line in unit.lines[unit.lead :])]
        yield "\n".join(_marked(line, together[0].passage) for line in lines)


def _marked(line: str, passage: Passage) -> str:
    """Return a line with the marker of its passage behind every sentence."""
    return " ".join(f"{line[span.start : span.end]} [{passage.marker}]" for span in sentences(line))
