"""The sentences of the hits that come nearest to a question, without embedding any of them."""

from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.models.chat.grounding import Passage
from ragkit.models.extractive.passages import units
from ragkit.sentences import telling


def nearest_sentences(question: str, hits: Sequence[Hit], *, most: int) -> list[str]:
    """Return sentences and lists, behind title and heading, best first.

    They are judged by the words that they share with the question, and by how near their passage comes to it.
    """
    wanted = set(telling(question))
    rated = [
        (len(wanted & set(telling(text))) / (len(wanted) or 1) + hit.why.get("dense_score", 0.0), text)
        for hit in hits
        for text in _sentences(hit)
    ]
    return [text for _, text in sorted(rated, key=lambda each: -each[0])[:most]]


def _sentences(hit: Hit) -> list[str]:
    chunk = hit.chunk
    passage = Passage(marker=1, title=chunk.title, heading=chunk.heading, text=chunk.text)
    return [f"{chunk.title}. {chunk.heading.rpartition(' > ')[2]}. {unit.text}" for unit in units(passage)]
