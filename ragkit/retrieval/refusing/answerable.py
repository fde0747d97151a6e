"""Whether a question, or which part of it, may be answered from the passages that were found."""

import re
from dataclasses import dataclass

from ragkit.retrieval.refusing.evidence import evidence
from ragkit.retrieval.refusing.expected import unmet
from ragkit.retrieval.refusing.missing import missing
from ragkit.retrieval.refusing.uncovered import Coverage
from ragkit.retrieval.results import Results
from ragkit.retrieval.spelling import corrected
from ragkit.text.sentences import telling

_ASKS = r"(?:what|which|who|whom|whose|when|where|why|how|do|does|did|is|are|can|could|will|would|should|may|must)"
_BETWEEN = re.compile(rf"(?<=\?)\s+|,?\s+(?:and|or)\s+(?=(?:(?:at|by|for|from|in|on|to|until) )?{_ASKS}\b)", re.I)
_FEWEST_WORDS = 2


@dataclass(frozen=True, kw_only=True)
class Answerable:
    """What may be asked of a model: `asked`, empty if nothing. `missing` is what no passage has, as it was written.

    With an empty `asked`, those are names, years, numbers and other words; otherwise whole parts of the question.
    """

    asked: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Search:
    """A question, what was found for it, the least evidence that lets it through, and what looks for its words.

    With `guesses` it is refused for what the passages only seem to lack.
    """

    question: str
    found: Results
    least: float
    coverage: Coverage | None
    guesses: bool

    def lacks(self, text: str) -> tuple[str, ...]:
        """Return what the text rests on and no passage has; a word that was read as another one is not lacking."""
        found = self.found
        absent = [each for each in found.absent if each in text]
        return missing(corrected(text, found.spelled), found.hits, absent=absent, rarities=found.rarities)

    def uncovered(self, text: str) -> tuple[str, ...]:
        """Return the words that the text turns on and no hit has; without `guesses` none are looked for."""
        if self.coverage is None or not self.guesses:
            return ()
        # What a follow-up is about stands in what was searched for alone.
        searched = text == self.question and text in self.found.query
        whole = self.found.query if searched else corrected(text, self.found.spelled)
        return self.coverage.uncovered(whole, self.found)

    def is_open(self, text: str) -> bool:
        """Whether the text wants what the passages say nothing of: a price, an event, or what its words stand for."""
        meant = corrected(text, self.found.spelled)
        return self.guesses and (unmet(meant, self.found.hits) or bool(self.uncovered(text)))

    def supports(self, part: str) -> bool:
        """Whether the passages are about a part of a question."""
        enough = not self.lacks(part) and evidence(part, self.found.hits) >= self.least
        return enough and not self.is_open(part)


def answerable(
    question: str, found: Results, *, least: float, coverage: Coverage | None = None, guesses: bool = True
) -> Answerable:
    """Return what of the question may be answered; `least` is a probability, as `evidence` gives it.

    `found` is for the question, or for what was searched for in its place. Of two questions in one the part that has
    evidence may be answered, and the other one is missing.

    Too little evidence, and names, years and numbers that no passage has, are facts. That the passages do not give the
    kind of answer that is wanted is a guess, and so is, with a `coverage`, that they do not say a word in any way: a
    model that reads the passages can tell, so that for one there should be no `guesses`. With a `least` of 0 there are
    none either.
    """
    search = _Search(question=question, found=found, least=least, coverage=coverage, guesses=guesses and least > 0)
    if evidence(found.query, found.hits) >= least:
        parts = parts_of(question)
        kept = [part for part in parts if search.supports(part)] if len(parts) > 1 else []
        if kept and len(kept) < len(parts):
            return Answerable(asked=" ".join(kept), missing=tuple(part for part in parts if part not in kept))
        if not search.lacks(question) and not search.is_open(question):
            return Answerable(asked=question)
    return Answerable(asked="", missing=search.lacks(question) or search.uncovered(question))


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
