"""Search by meaning and by words, fused, with neighbouring chunks put together again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from ragkit.documents import Chunk, Hit, Viewer
from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Embedder, Vectors
from ragkit.models.embedding.pieces import Pieces
from ragkit.models.embedding.scripts import Scripts
from ragkit.retrieval import fusion
from ragkit.retrieval.exact import Held, needles
from ragkit.retrieval.results import Results, Telling
from ragkit.retrieval.spelling import TRUST, abbreviated, corrected, may_abbreviate, spelled, unknown_words
from ragkit.retrieval.view import View
from ragkit.retrieval.weighing import Weigher, best
from ragkit.store.candidates import Candidates
from ragkit.store.catalog.lexical import COMMON
from ragkit.store.memory.scoring import rarity
from ragkit.store.store import Store

ReadSpan = Callable[[str, int, int], str]
# A search that a commit overtakes is made again, so often.
_TRIES = 5


class HybridRetriever(Telling):
    """The best chunks of a store by meaning and by words, each judged by both.

    With `merge`, hits that stand side by side below one heading become one. `why` has both scores of a hit and
    `dense_weight`, what the cosine counted in its own, and `title_share` if the query names its title: see `fusion`. If
    the query asks for something word for word, the hits that hold it come first, and `exact` says which share of it a
    hit holds: see `exact`. `meaning` is where the weight of the cosine begins. A chunk whose vector is still to come is
    judged by words, and has no `dense_score`; so is every chunk, if the embedder does not read the query's script.
    """

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        candidates: int = 100,
        merge: bool = True,
        meaning: float = fusion.MEANING,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._candidates = candidates
        self._merge = merge
        self._pieces = Pieces(embedder)
        self._scripts = Scripts(embedder)
        self._weigher = Weigher(store, self._pieces, meaning=meaning)

    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the best fused hits, and what was made of the query; a merged hit has the rank of its best part.

        Those come first that hold what it asks for word for word. A word that no chunk has which the
        viewer may read is taken for the nearest one.
        """
        for _ in range(_TRIES):
            found, is_whole = self._asked(query, View(self._store, where=where, viewer=viewer), limit)
            if is_whole:
                break
        return found

    def _asked(self, query: str, view: View, limit: int) -> tuple[Results, bool]:
        """Return the results, and whether no commit took any of them away meanwhile."""
        exact = needles(query)
        held = Held(exact, find=view.with_words, read=view.read)
        wanted = max(limit, self._candidates)
        found = self._candidates_of(query, self._embedder.embed_query(query), view, held.best(wanted), wanted)
        unknown = unknown_words(query, found.frequencies, found.known, [needle.text for needle in exact])
        meant = self._meant(unknown, found, view) if unknown else {}
        if meant:
            query, found = self._corrected(query, meant, view, held.best(wanted), wanted)
        hits = self._judged(query, view, held, found, limit)
        merged = merge_neighbours(hits, self._store.span) if self._merge else hits
        rarities = _rarities(found)
        results = Results(
            query=query,
            hits=merged,
            spelled=meant,
            absent=held.absent,
            rarities=rarities,
            unembedded=found.unembedded,
        )
        return results, len(hits) == min(limit, len(found.rows))

    def _candidates_of(self, query: str, vector: Vectors, view: View, also: Sequence[int], wanted: int) -> Candidates:
        found = view.candidates(query, vector, limit=wanted, also=also)
        read = self._scripts.reads(query)
        return found if read else replace(found, dense=np.full(len(found.rows), np.nan))

    def _meant(self, unknown: Sequence[str], found: Candidates, view: View) -> dict[str, str]:
        """Return what unknown words are read as. A title that one abbreviates is near it in meaning."""
        meant = spelled(unknown, near=view.near_words, is_known=self._pieces.knows)
        if short := [word for word in unknown if word not in meant and may_abbreviate(word)]:
            chunks = view.read(found.rows.tolist()).values()
            meant |= abbreviated(
                short, (name for chunk in chunks for name in (chunk.title, *chunk.heading.split(" > ")))
            )
        return meant

    def _corrected(
        self, query: str, misspelt: Mapping[str, str], view: View, also: Sequence[int], wanted: int
    ) -> tuple[str, Candidates]:
        """Search for the words that were meant. They count less than words that were written."""
        right = corrected(query, misspelt)
        vector = self._embedder.embed_query(right)
        found = self._candidates_of(right, vector, view, also, wanted)
        as_written = view.candidates(query, vector, limit=1, also=found.rows.tolist())
        _, here, there = np.intersect1d(found.rows, as_written.rows, return_indices=True)
        written = np.zeros(len(found.rows))
        written[here] = as_written.lexical[there]
        return right, replace(found, lexical=written + TRUST * (found.lexical - written))

    def _judged(self, query: str, view: View, held: Held, found: Candidates, limit: int) -> list[Hit]:
        def read(places: Sequence[int]) -> dict[int, Chunk]:
            rows = {int(found.rows[place]): int(place) for place in places}
            return {rows[row]: chunk for row, chunk in view.read(list(rows)).items()}

        rarities = {word: rarity(found.chunks, having) for word, having in found.frequencies.items()}
        known = {word: rarities[word] for word, having in found.frequencies.items() if having}
        most = fusion.most_bm25(known.values())
        weight = self._weigher.weight(query, found, rarities, viewer=view.viewer, read=read)
        rows = found.rows.tolist()
        exact, boosts = held.shares(rows), np.array(held.boosts(rows))
        shares = found.lexical / most
        scores = weight * fusion.assumed(found.dense, shares) + (1 - weight) * shares + boosts
        titles = {
            place: {"title_share": share}
            for place, chunk in read(best(scores, fusion.TITLES)).items()
            if (share := fusion.title_named(chunk.title, known, common=COMMON))
        }
        for place, named in titles.items():
            scores[place] += (1 - weight) * fusion.TITLE * named["title_share"]
        whys = {place: _why(found, place, weight) | titles.get(place, {}) for place in best(scores, limit)}
        return [
            Hit(chunk=chunk, score=float(scores[place]), why=whys[place] | held.told(exact[place]))
            for place, chunk in read([*whys]).items()
        ]


def merge_neighbours(hits: Sequence[Hit], span: ReadSpan) -> list[Hit]:
    """Put hits whose chunks follow each other below one heading into one hit, at the place of the best of them.

    Those of a document that has changed since they were found stay apart.
    """
    merged: list[tuple[int, Hit]] = []
    for _, same_section in groupby(sorted(enumerate(hits), key=_place), key=_section):
        run: list[tuple[int, Hit]] = []
        for ranked in same_section:
            if run and ranked[1].chunk.ordinal != run[-1][1].chunk.ordinal + 1:
                merged += _joined(run, span)
                run = []
            run.append(ranked)
        merged += _joined(run, span)
    return [hit for _, hit in sorted(merged, key=lambda ranked: ranked[0])]


def _why(found: Candidates, place: int, weight: float) -> dict[str, float]:
    told = {"lexical_score": float(found.lexical[place]), "dense_weight": weight}
    near = float(found.dense[place])
    return told if np.isnan(near) else {"dense_score": near, **told}


def _rarities(found: Candidates) -> dict[str, float]:
    most = rarity(found.chunks, 0)
    told = {word: rarity(found.chunks, having) / most for word, having in found.frequencies.items()}
    # A word that stands only where the viewer may not look is to them as one that stands nowhere.
    return {word: rare if word in found.known else 1.0 for word, rare in told.items()}


def _place(ranked: tuple[int, Hit]) -> tuple[str, int]:
    return ranked[1].chunk.document_id, ranked[1].chunk.ordinal


def _section(ranked: tuple[int, Hit]) -> tuple[str, str, int | None]:
    chunk = ranked[1].chunk
    return chunk.document_id, chunk.heading, chunk.page


def _joined(run: Sequence[tuple[int, Hit]], span: ReadSpan) -> Sequence[tuple[int, Hit]]:
    if len(run) == 1:
        return run
    rank, best = min(run, key=lambda ranked: ranked[0])
    chunks = [hit.chunk for _, hit in run]
    first, last = chunks[0], chunks[-1]
    text = span(first.document_id, first.start, last.end)
    if any(text[chunk.start - first.start : chunk.end - first.start] != chunk.text for chunk in chunks):
        return run
    whole = replace(first, text=text, end=last.end)
    return [(rank, replace(best, chunk=whole, parts=tuple(hit for _, hit in run)))]
