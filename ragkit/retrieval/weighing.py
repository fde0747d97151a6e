"""What the cosine counts for one query, by the rules of `fusion`: what they ask about is looked up here."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ragkit.documents import Chunk, Viewer
from ragkit.models.embedding.pieces import Pieces
from ragkit.retrieval import fusion
from ragkit.store.candidates import Candidates, Scores
from ragkit.store.catalog.lexical import COMMON
from ragkit.store.store import Store

# So many chunks say how the texts of a store are written.
_SAMPLED = 64
_MOST_KEPT = 256

Read = Callable[[Sequence[int]], Mapping[int, Chunk]]


class Weigher:
    """Weighs the candidates of a store. `meaning` is where the weight of the cosine begins."""

    def __init__(self, store: Store, pieces: Pieces, *, meaning: float) -> None:
        self._store = store
        self._pieces = pieces
        self._meaning = meaning
        self._sampled: dict[tuple[Viewer, int], float] = {}

    def weight(
        self, query: str, found: Candidates, rarities: Mapping[str, float], *, viewer: Viewer, read: Read
    ) -> float:
        """Return what the cosine counts, from 0 to 1. `rarities` are those of the query's words.

        `read` gives the chunks of places among the candidates, as far as they are still there.
        """
        nearest = [place for place in best(found.dense, fusion.LOOKED_AT) if not np.isnan(found.dense[place])]
        known = [word for word, having in found.frequencies.items() if having]
        named = fusion.names(query, known, self._pieces.of)
        codes = {name for name in named if fusion.is_code(name, self._pieces.of)}
        pieces, unseen = self._pieces_of_a_word(viewer, found.chunks), 0.0
        if nearest and (named or pieces > fusion.WHOLE):
            matching = [place for place in best(found.lexical, fusion.LOOKED_AT) if found.lexical[place] > 0]
            texts = {place: _titled(chunk) for place, chunk in read([*nearest, *matching]).items()}
            pieces = min(pieces, self._pieces.mean(texts.values()))
            near, match = ([texts[place] for place in places if place in texts] for places in (nearest, matching))
            lost, missed = (
                fusion.unseen_names(names, rarities, nearest=near, matching=match) for names in (codes, named - codes)
            )
            unseen = lost + fusion.mere(float(found.lexical[nearest].mean() / (found.lexical.max() or 1.0))) * missed
        weight = fusion.known(pieces) * fusion.weight(
            query, rarities, unseen=unseen, mean_words=found.mean_words, common=COMMON, meaning=self._meaning
        )
        if not nearest:
            return weight
        # Of a question that names no code, the words are seldom those of the answer.
        is_plain = fusion.is_question(query) and not codes
        said = float(found.lexical[nearest].mean()) / fusion.most_bm25([rarities[word] for word in known])
        return fusion.raised(weight, 1.0 if is_plain else said)

    def _pieces_of_a_word(self, viewer: Viewer, chunks: int) -> float:
        """Return how many pieces the embedder makes of a word, in a sample of what the viewer may read."""
        # Sampled again when there are twice as many.
        key = viewer, chunks.bit_length()
        if key not in self._sampled:
            if len(self._sampled) >= _MOST_KEPT:
                self._sampled.clear()
            sample = self._store.sample(_SAMPLED, viewer=viewer)
            self._sampled[key] = self._pieces.mean(map(_titled, sample))
        return self._sampled[key]


def best(scores: Scores, limit: int) -> list[int]:
    """Return the places of the highest scores, best first; of equal ones the first. NaN comes last."""
    return [int(place) for place in np.argsort(-scores, kind="stable")[:limit]]


def _titled(chunk: Chunk) -> str:
    return f"{chunk.title} {chunk.text}"
