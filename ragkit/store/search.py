"""The ways to search a store: in memory, or in the catalog and its vector index where memory does not serve."""

import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ragkit.documents import Chunk, Hit, Viewer
from ragkit.errors import IndexUnavailable, StoreDamaged, StoreFull
from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Vectors
from ragkit.store import exact, on_disk
from ragkit.store.candidates import Candidates, Found
from ragkit.store.catalog import phrases, reading
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.conditions import ALWAYS, readable
from ragkit.store.catalog.lexical import telling_words
from ragkit.store.catalog.schema import FILE
from ragkit.store.index.trusted import TrustedIndex
from ragkit.store.memory.admitted import Wanted
from ragkit.store.memory.memory import Memory
from ragkit.store.memory.vocabulary import Vocabulary

# Up to here a filtered search compares with every vector that the filter admits. It is exact, and for narrow filters
# far faster than Chroma's own; a filter that admits most of 20,000 chunks takes as long as Chroma's, some 60 ms.
EXACT_LIMIT = 20_000
# A search that a commit overtakes is made again. One that is overtaken so often is made within one transaction.
_TRIES = 5


class Search:
    """Finds chunks for `Store`. `require_own` raises for the fingerprint of another embedder."""

    def __init__(
        self, catalog: Catalog, index: TrustedIndex, *, folder: Path, require_own: Callable[[str], None]
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._require_own = require_own
        self._memory = Memory(folder / FILE, require_own=require_own, identity=catalog.identity)
        self._vocabulary = Vocabulary()
        self._tenant = catalog.tenant

    def wanted(self, where: Filter | None, viewer: Viewer) -> Wanted | None:
        """Return what a search may find; None if that is nothing, since the viewer is of another tenant.

        Raises:
            ConfigError: the filter or a group can't be searched for.
        """
        condition, allowed = (readable(each, viewer, tenant=self._tenant) for each in (where, None))
        return Wanted(where, viewer, condition, allowed) if viewer.tenant == self._tenant else None

    def prepare(self) -> None:
        """Read into memory what searches need."""
        self._memory.prepare()

    def nearest(self, vector: Vectors, limit: int, wanted: Wanted) -> list[Hit]:
        """Return the chunks whose vectors lie nearest."""
        if wanted.condition == ALWAYS:
            found = self._nearest_in_index(vector, limit, wanted)
            if found is not None:
                return found
        found = self._read(wanted, "dense_score", lambda: self._memory.nearest(vector, limit=limit, wanted=wanted))
        return self._nearest_in_catalog(vector, limit, wanted) if found is None else found

    def matching(self, query: str, limit: int, wanted: Wanted) -> list[Hit]:
        """Return the chunks that share words with the query."""
        words = telling_words(query)
        found = self._read(wanted, "lexical_score", lambda: self._memory.matching(words, limit=limit, wanted=wanted))
        if found is not None:
            return found
        with self._catalog.reading() as connection:
            return on_disk.matching(connection, words, limit, wanted.condition)

    def candidates(
        self, query: str, vector: Vectors, limit: int, wanted: Wanted, *, also: Sequence[int] = ()
    ) -> Candidates:
        """Return the best of both ways, and the rows in `also`, with both scores."""
        words = telling_words(query)
        found = self._memory.candidates(words, vector, limit=limit, wanted=wanted, also=also)
        if found is not None:
            return found
        nearest = [hit.chunk for hit in self.nearest(vector, limit, wanted)]
        with self._comparing() as connection:
            nearest += on_disk.chunks(connection, also, wanted.condition).values() if also else ()
            return on_disk.candidates(connection, nearest, words, vector, limit, wanted)

    def near_words(self, word: str, distance: int, wanted: Wanted) -> Iterator[tuple[str, int, int]]:
        """Yield words that are near to one, with the slips between them and how many wanted chunks have each."""
        admitted = None if wanted.condition == ALWAYS else partial(self._memory.admitted, wanted=wanted)
        with self._catalog.reading() as connection:
            found = self._vocabulary.near(connection, word, distance=distance, admitted=admitted)
        for near, slips in found:
            with self._catalog.reading() as connection:
                count = phrases.count_with(connection, near, wanted.condition)
            if count:
                yield near, slips, count

    def read(self, rows: Sequence[int], wanted: Wanted) -> dict[int, Chunk]:
        """Return the chunks of rows, in their order; those that are gone or not wanted are left out."""
        with self._catalog.reading() as connection:
            return on_disk.chunks(connection, rows, wanted.condition)

    def sample(self, count: int, wanted: Wanted) -> list[Chunk]:
        """Return wanted chunks from all over the store, at most `count`; none where memory does not serve."""
        return list(self.read(self._memory.spread(count, wanted=wanted), wanted).values())

    def close(self) -> None:
        """Let go of what is in memory."""
        self._memory.close()

    def _read(self, wanted: Wanted, name: str, find: Callable[[], Found | None]) -> list[Hit] | None:
        """Make hits of what is found in memory, after asking the catalog once more whether they are wanted.

        None if memory does not serve, or commits overtake the search again and again.
        """
        for _ in range(_TRIES):
            found = find()
            if found is None:
                return None
            chunks = self.read(found.rows.tolist(), wanted)
            scores = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
            if len(chunks) == len(scores):
                return [Hit(chunk=chunk, score=scores[row], why={name: scores[row]}) for row, chunk in chunks.items()]
        return None

    def _nearest_in_index(self, vector: Vectors, limit: int, wanted: Wanted) -> list[Hit] | None:
        """Ask the vector index; None if it can't be trusted just now."""
        self._require_own_vectors()
        try:
            return self._nearest_level(vector, limit, wanted)
        except (StoreDamaged, StoreFull, IndexUnavailable) as error:
            # Or its vectors were exchanged for those of another embedder just now.
            self._require_own_vectors()
            self._index.distrust(error)
            return None

    def _nearest_level(self, vector: Vectors, limit: int, wanted: Wanted) -> list[Hit] | None:
        """Ask the index and the catalog until both were level; None if commits overtake it again and again."""
        for _ in range(_TRIES):
            version = self._catalog.version()
            index = self._index.usable()
            if index is None:
                return None
            with self._comparing() as connection:
                found = on_disk.nearest_among(connection, index, vector, limit, wanted.condition)
            # After a commit in between this state of the catalog may have what the index lacks, or the other way round.
            if self._catalog.version() == version:
                return found
        return None

    def _nearest_in_catalog(self, vector: Vectors, limit: int, wanted: Wanted) -> list[Hit]:
        """Find without memory: compare with all vectors if they are few, else ask the index if there is a filter."""
        if wanted.condition != ALWAYS:
            found = self._exact(vector, limit, wanted, most=EXACT_LIMIT)
            if found is None:
                found = self._nearest_in_index(vector, limit, wanted)
            if found is not None:
                return found
        return self._exact(vector, limit, wanted) or []

    def _exact(self, vector: Vectors, limit: int, wanted: Wanted, *, most: float = math.inf) -> list[Hit] | None:
        with self._comparing() as connection:
            return exact.nearest(connection, vector, limit, wanted.condition, most=most)

    @contextmanager
    def _comparing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to a state of the catalog whose vectors are those of this store's embedder."""
        with self._catalog.reading() as connection:
            self._require_own(reading.fingerprint(connection))
            yield connection

    def _require_own_vectors(self) -> None:
        with self._comparing():
            pass
