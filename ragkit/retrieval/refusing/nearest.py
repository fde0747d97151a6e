"""The sentences of the hits that come nearest to a question, without embedding any of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.documents import Hit
from ragkit.text.sentences import telling
from ragkit.text.units import units


@dataclass(frozen=True, kw_only=True)
class Near:
    """A sentence or a list, and where it stands: the title and the innermost heading."""

    place: str
    text: str

    @property
    def whole(self) -> str:
        """The text behind its place."""
        return f"{self.place} {self.text}"


def said(hit: Hit) -> str:
    """Return all that a hit says: its title, its headings and its text."""
    return f"{hit.chunk.title}\n{hit.chunk.heading}\n{hit.chunk.text}"


def nearest_sentences(question: str, hits: Sequence[Hit], *, most: int) -> list[Near]:
    """Return sentences and lists, best first.

    They are judged by the words that they share with the question, and by how near their passage comes to it.
    """
    wanted = set(telling(question))
    rated = [
        (len(wanted & set(telling(each.whole))) / (len(wanted) or 1) + hit.why.get("dense_score", 0.0), each)
        for hit in hits
        for each in _sentences(hit)
    ]
    return [each for _, each in sorted(rated, key=lambda each: -each[0])[:most]]


def _sentences(hit: Hit) -> list[Near]:
    place = f"{hit.chunk.title}. {hit.chunk.heading.rpartition(' > ')[2]}."
    return [Near(place=place, text=unit.text) for unit in units(hit.chunk)]
