"""Whether a question, or which part of it, may be answered from the passages that were found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ragkit.documents import Hit
from ragkit.retrieval.evidence import evidence
from ragkit.retrieval.missing import missing
from ragkit.retrieval.results import Results
from ragkit.retrieval.spelling import corrected
from ragkit.sentences import telling

_ASKS = r"(?:what|which|who|whom|whose|when|where|why|how|do|does|did|is|are|can|could|will|would|should|may|must)"
_BETWEEN = re.compile(rf"(?<=\?)\s+|,?\s+(?:and|or)\s+(?=(?:(?:at|by|for|from|in|on|to|until) )?{_ASKS}\b)", re.I)
_FEWEST_WORDS = 2


@dataclass(frozen=True, kw_only=True)
class Answerable:
    """What may be asked of a model: `asked`, empty if nothing. `missing` is what no passage has, as it was written.

    With an empty `asked`, that is a name, a year or a number; otherwise it is a whole part of the question.
    """

    asked: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Search:
    """What was found, and the least evidence that lets a question through."""

    hits: Sequence[Hit]
    least: float
    absent: Sequence[str]
    spelled: Mapping[str, str] = field(default_factory=dict)
    rarities: Mapping[str, float] = field(default_factory=dict)

    def lacks(self, text: str) -> tuple[str, ...]:
        """Return what the text rests on and no passage has; a word that was read as another one is not lacking."""
        absent = [each for each in self.absent if each in text]
        return missing(corrected(text, self.spelled), self.hits, absent=absent, rarities=self.rarities)

    def supports(self, part: str) -> bool:
        """Whether the passages are about a part of a question."""
        return not self.lacks(part) and evidence(part, self.hits) >= self.least


def answerable(question: str, found: Results, *, least: float) -> Answerable:
    """Return what of the question may be answered; `least` is a probability, as `evidence` gives it.

    `found` is for the question, or for what was searched for in its place. Of two questions in one the part that has
    evidence may be answered, and the other one is missing.
    """
    search = _Search(hits=found.hits, least=least, absent=found.absent, spelled=found.spelled, rarities=found.rarities)
    if evidence(found.query, found.hits) < least:
        return Answerable(asked="", missing=search.lacks(question))
    parts = [part for part in parts_of(question) if search.supports(part)]
    if len(parts) < len(parts_of(question)) and parts:
        return Answerable(
            asked=" ".join(parts), missing=tuple(each for each in parts_of(question) if each not in parts)
        )
    lacking = search.lacks(question)
    return Answerable(asked="" if lacking else question, missing=lacking)


def parts_of(question: str) -> list[str]:
    """Return the questions in a question, cut at its question marks and before "and when ...".

    A part that says next to nothing on its own stays with the one before it.
    """
    parts: list[str] = []
    for piece in _BETWEEN.split(question.strip()):
        if parts and (len(telling(piece)) < _FEWEST_WORDS or len(telling(parts[-1])) < _FEWEST_WORDS):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return parts
