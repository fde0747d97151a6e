"""Which hits are worth their place: not the same words again, not one document alone, not one side of the matter."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ragkit.documents import Chunk, Hit
from ragkit.text.sentences import telling

# Signs count: a minus, a percent and a "less than" say something. Punctuation and white space do not.
_SAID = re.compile(r"\d+(?:[.,:/]\d+)*|\w+|[^\w\s.,;:!?'\"…]")

# Beyond so many hits nobody reads them all, and whoever ranks a whole collection wants it by score.
_CHOSEN_AMONG = 400

_Place = tuple[str, int, str]


def without_repeats(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those that say again what a better one says, which tells of them in `repeats`.

    Only the same words and signs in the same order are a repeat, below the same heading of one document, or at the same
    place of a copy of it with the same title. A single other word may be the one that counts, and the same clause in
    two contracts is two clauses.
    """
    crowded = Counter(place for hit in hits for place in _places(hit.chunk))
    best: dict[tuple[_Place, str], int] = {}
    kept: list[Hit] = []
    for hit in hits:
        places = [place for place in _places(hit.chunk) if crowded[place] > 1]
        said = _said(hit.chunk.text) if places else ""
        rank = next((best[place, said] for place in places if (place, said) in best), len(kept))
        best |= {(place, said): rank for place in places}
        if rank == len(kept):
            kept.append(hit)
        else:
            kept[rank] = told(kept[rank], (hit.chunk, *hit.repeats))
    return kept


def told(hit: Hit, repeats: Sequence[Chunk]) -> Hit:
    """Return a hit that tells of more places where its words stand, each of them once."""
    known = {chunk.place for chunk in (hit.chunk, *hit.repeats)}
    more = {chunk.place: chunk for chunk in repeats if chunk.place not in known}
    return replace(hit, repeats=(*hit.repeats, *more.values())) if more else hit


def capped(hits: Sequence[Hit], per_document: int) -> list[Hit]:
    """Return the best `per_document` hits of each document, in their order; 0 is no bound."""
    counts: Counter[str] = Counter()
    kept = []
    for hit in hits:
        counts[hit.chunk.document_id] += 1
        if not per_document or counts[hit.chunk.document_id] <= per_document:
            kept.append(hit)
    return kept


def diverse(hits: Sequence[Hit], *, limit: int, relevance: float) -> list[Hit]:
    """Choose `limit` hits by maximal marginal relevance, and return them in the order in which they came.

    Each choice weighs the score, from 0 for the worst hit to 1 for the best one, by `relevance`, and by what is left
    to 1 how little the hit shares of its telling words with the nearest that was chosen. At 1 the best are chosen.
    """
    hits = hits[: max(limit, _CHOSEN_AMONG)]
    if relevance >= 1 or len(hits) <= limit:
        return list(hits[:limit])
    scores = np.array([hit.score for hit in hits])
    scores = (scores - scores.min()) / max(np.ptp(scores), 1e-9)
    shared = _shared([set(telling(hit.chunk.text)) for hit in hits])
    nearest = np.zeros(len(hits))
    chosen: list[int] = []
    for _ in range(limit):
        gain = relevance * scores - (1 - relevance) * nearest
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        nearest = np.maximum(nearest, shared[chosen[-1]])
    return [hits[place] for place in sorted(chosen)]


def _places(chunk: Chunk) -> Iterator[_Place]:
    """Yield where a repeat of the chunk would stand: in its document, or at this very place of a copy."""
    yield chunk.document_id, -1, chunk.heading
    if chunk.title:
        yield chunk.title, chunk.start, chunk.heading


def _said(text: str) -> str:
    return " ".join(_SAID.findall(unicodedata.normalize("NFKC", text).casefold()))


def _shared(bags: Sequence[set[str]]) -> NDArray[np.float64]:
    """Return for each two bags the share of their words that both have, from 0 to 1."""
    columns = {word: column for column, word in enumerate(set().union(*bags))}
    has = np.zeros((len(bags), len(columns)))
    for row, bag in enumerate(bags):
        has[row, [columns[word] for word in bag]] = 1
    both = has @ has.T
    sizes = has.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - both
    shared: NDArray[np.float64] = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return shared
