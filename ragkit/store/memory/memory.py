"""What a search needs of the catalog, in memory: derived from it, and level with it before every answer.

The tables are followed, not watched: a commit of any process moves SQLite's `data_version`, and then the new rows and
the removed ones are read, since a row never changes its text and is never used again.
"""

import logging
import math
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ragkit.errors import StoreDamaged
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.candidates import Candidates, Found
from ragkit.store.catalog.connections import Identity
from ragkit.store.memory import scoring
from ragkit.store.memory.admitted import EVERYTHING, Wanted
from ragkit.store.memory.matrix import Plane
from ragkit.store.memory.postings import Extent, Postings, give_vocabulary
from ragkit.store.memory.scoring import Floats, Mask, ShortSlots, Slots, Weighed
from ragkit.store.memory.slots import Chunks
from ragkit.store.memory.state import MOST_CHUNKS, State, count_chunks
from ragkit.store.memory.warming import Warming

# Of the chunks that have a common word, nearly always one of the first is admitted.
_FIRST = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Look:
    """All that a search needs of one state of the catalog. No array in it ever changes."""

    chunks: Chunks
    mask: Mask
    allowed: Mask
    words: Sequence[Weighed]
    frequencies: Mapping[str, int]
    plane: Plane | None

    def likely(self, limit: int) -> Slots:
        return scoring.likely(self.words, self.mask, limit)

    def scored(self, slots: Slots) -> Floats:
        return scoring.score(self.words, slots, self.chunks.norms)

    def known(self) -> set[str]:
        if self.allowed is self.chunks.alive:
            return {word for word, having in self.frequencies.items() if having}
        return {word.word for word in self.words if _any(self.allowed, word.slots)}


class Memory:
    """The chunks, words and vectors of one catalog. Safe to use from several threads.

    `identity` says which file the catalog is now. Every search returns None while it is too large, or can't be read
    in this way.
    """

    def __init__(
        self,
        file: Path,
        *,
        require_own: Callable[[str], None] = lambda _: None,
        identity: Callable[[], Identity | None] = lambda: None,
    ) -> None:
        self._file = file
        self._require_own = require_own
        self._identity = identity
        self._connected_to: Identity | None = None
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._state: State | None = None
        self._version = -1
        self._reason = ""
        self._closed = False
        self._warming = Warming(partial(_connected, file), self._take_in)

    def prepare(self) -> None:
        """Read all chunks and vectors, and behind them, in the background, the common words.

        A search that comes meanwhile reads what is still lacking together with this.

        Raises:
            IndexMismatch: the vectors are those of another embedder.
        """
        self._look(EVERYTHING, dense=True)

    def matching(self, words: Sequence[str], *, limit: int, wanted: Wanted) -> Found | None:
        """Return the wanted chunks that have any of the words, by BM25."""
        look = self._look(wanted, words=words)
        if look is None:
            return None
        slots = look.likely(limit)
        scores = look.scored(slots)
        found = scoring.best(scores, limit)
        return Found(rows=look.chunks.rows[slots[found]], scores=scores[found])

    def nearest(self, vector: Vectors, *, limit: int, wanted: Wanted) -> Found | None:
        """Return the wanted chunks whose vectors lie nearest.

        Raises:
            IndexMismatch: the vectors are those of another embedder.
        """
        look = self._look(wanted, dense=True)
        if look is None or look.plane is None:
            return None
        slots, scores = look.plane.nearest(vector, limit, look.mask)
        return Found(rows=look.chunks.rows[slots], scores=scores.astype(np.float64))

    def candidates(
        self, words: Sequence[str], vector: Vectors, *, limit: int, wanted: Wanted, also: Sequence[int] = ()
    ) -> Candidates | None:
        """Return the best of both ways, and of the rows in `also` those that are wanted.

        Raises:
            IndexMismatch: the vectors are those of another embedder.
        """
        look = self._look(wanted, words=words, dense=True)
        if look is None or look.plane is None:
            return None
        named, _ = look.chunks.slots_of(np.array(sorted(also), np.int64))
        nearest, _ = look.plane.nearest(vector, limit, look.mask)
        sure = np.union1d(nearest, named[look.mask[named]])
        slots = np.union1d(sure, look.likely(limit))
        lexical = look.scored(slots)
        kept = np.union1d(np.searchsorted(slots, sure), scoring.best(lexical, limit))
        slots, lexical = slots[kept], lexical[kept]
        return Candidates(
            rows=look.chunks.rows[slots],
            dense=look.plane.compared(vector, slots).astype(np.float64),
            lexical=lexical,
            frequencies=look.frequencies,
            known=look.known(),
            chunks=look.chunks.total,
            mean_words=look.chunks.mean_words,
            unembedded=int(np.count_nonzero(look.mask & ~look.plane.there)),
        )

    def admitted(self, rows: Sequence[int], *, wanted: Wanted) -> Sequence[int]:
        """Return those of the rows that are wanted; all of them, if that can't be told."""
        look = self._look(wanted)
        if look is None:
            return rows
        slots, _ = look.chunks.slots_of(np.array(rows, np.int64))
        found: list[int] = look.chunks.rows[slots[look.mask[slots]]].tolist()
        return found

    def spread(self, count: int, *, wanted: Wanted) -> Sequence[int]:
        """Return rows of wanted chunks at equal distances, at most `count`; none if that can't be told."""
        look = self._look(wanted)
        if look is None:
            return []
        slots = np.flatnonzero(look.mask)
        rows: list[int] = look.chunks.rows[slots[:: max(1, math.ceil(len(slots) / count))]].tolist()
        return rows

    def close(self) -> None:
        """Let go of everything. What is still being read in another thread ends with the next page."""
        self._warming.close()
        with self._lock:
            self._closed = True
            if self._connection:
                self._connection.close()
            self._connection = self._state = None

    def _look(self, wanted: Wanted, *, words: Sequence[str] = (), dense: bool = False) -> _Look | None:
        try:
            return self._taken(wanted, words, dense=dense)
        except (sqlite3.DatabaseError, StoreDamaged, MemoryError) as error:
            self._tell(str(error) or type(error).__name__)
            with self._lock:
                self._state = None
            return None

    def _tell(self, reason: str) -> None:
        """Say once why searches are slower: a store that may only be read gives the same reason every time."""
        if reason != self._reason:
            self._reason = reason
            _log.warning("%s can't be kept in memory (%s); searching it where it is", self._file, reason)

    def _taken(self, wanted: Wanted, words: Sequence[str], *, dense: bool) -> _Look | None:
        while True:
            with self._lock, self._leveled() as state:
                if state is None:
                    return None
                if dense:
                    self._require_own(state.fingerprint)
                    if not state.read_vectors():
                        continue
                mask = state.admitted.mask(wanted, state.chunks)
                weighed, frequencies = state.words.weighed(words, state.chunks)
                self._warming.begin(state.words.extent, state.chunks)
                return _Look(
                    chunks=state.chunks,
                    mask=mask,
                    allowed=state.admitted.mask(wanted.unfiltered, state.chunks) if words and dense else mask,
                    words=weighed,
                    frequencies=frequencies,
                    plane=state.plane() if dense else None,
                )

    def _take_in(self, extent: Extent, tokens: tuple[str, ...], found: Postings) -> bool:
        with self._lock:
            return self._state is not None and self._state.words.take_in(extent, tokens, found)

    @contextmanager
    def _leveled(self) -> Iterator[State | None]:
        """Lend the state that the catalog is in, for as long as one transaction; None if there is none in memory."""
        if self._closed:
            yield None
            return
        connection = self._current()
        connection.execute("BEGIN")
        try:
            # The first look at a table is what the transaction begins with.
            row = connection.execute("SELECT value FROM meta WHERE key = 'fingerprint'").fetchone()
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._version:
                # Written first: what fails is not tried again before the next commit.
                self._version, before, self._state = version, self._state, None
                self._state = _next(connection, before, str(row[0]))
            yield self._state
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _current(self) -> sqlite3.Connection:
        """Return the connection to the file that is the catalog now."""
        identity = self._identity()
        if self._connection and identity != self._connected_to:
            self._connection.close()
            self._connection = self._state = None
        if self._connection is None:
            self._connection, self._connected_to, self._version = _connected(self._file), identity, -1
        return self._connection


def _any(mask: Mask, slots: ShortSlots) -> bool:
    return bool(mask[slots[:_FIRST]].any() or mask[slots].any())


def _next(connection: sqlite3.Connection, before: State | None, fingerprint: str) -> State | None:
    if count_chunks(connection) > MOST_CHUNKS:
        return None
    if before and before.follow(fingerprint):
        return before
    return State(connection, fingerprint)


def _connected(file: Path) -> sqlite3.Connection:
    # Not created if it is gone; never written, so that every commit of another connection shows.
    name = f"{file.resolve().as_uri()}?mode=rw"
    connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        give_vocabulary(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
