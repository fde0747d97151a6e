"""Which chunks have a word, and how often: read from FTS5's own vocabulary when asked for, or ahead, and kept."""

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt

from ragkit.store.catalog.lexical import WEIGHTS
from ragkit.store.catalog.records import integers
from ragkit.store.catalog.schema import TOKENIZER
from ragkit.store.memory.scoring import Floats, ShortFloats, ShortSlots, Weighed, impacts, rarity
from ragkit.store.memory.slots import Chunks

# What is kept, in bytes: of 100,000 chunks the commonest 2,300 words, three quarters of everything.
BUDGET = 80 << 20
# New chunks are kept apart until there are so many; then the words are read anew, each at its next use.
_MOST_NEW = 2_000
_MOST_TOKENIZED = 50_000

COLUMNS = ", ".join(WEIGHTS)
_EMPTY = f"CREATE VIRTUAL TABLE words USING fts5 ({COLUMNS}, content = '', tokenize = '{TOKENIZER}')"
# The last one, which has the most words, is compared first.
_CASES = " ".join(f"WHEN '{name}' THEN {place}" for place, name in reversed(list(enumerate(WEIGHTS))))
_COLUMN = f"CASE col {_CASES} END"
_WEIGHTS = np.array(list(WEIGHTS.values()))
# No column of a chunk has more words.
_OFFSETS = 1 << 24

_Numbers = npt.NDArray[np.int64]


def give_vocabulary(connection: sqlite3.Connection) -> None:
    """Let a connection see where each word stands; outside of a transaction, which could be undone."""
    connection.execute("CREATE VIRTUAL TABLE temp.instances USING fts5vocab(main, words, instance)")


class Places:
    """Where the words stand in one FTS5 table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def counted(self, tokens: Sequence[str]) -> tuple[_Numbers, Floats]:
        """Return the rows, ascending, that have these words side by side, and their count weighed by column."""
        if len(tokens) == 1:
            places = self._places(tokens[0], f"doc * 4 + {_COLUMN}")
        else:
            code = f"(doc * 4 + {_COLUMN}) * {_OFFSETS} + offset"
            starts = [self._places(token, code) - place for place, token in enumerate(tokens)]
            places = reduce(np.intersect1d, starts) // _OFFSETS
        rows = places >> 2
        first = np.flatnonzero(np.diff(rows, prepend=-1))
        return rows[first], np.add.reduceat(_WEIGHTS[places & 3], first) if len(first) else np.zeros(0)

    def tokens(self) -> list[tuple[int, str]]:
        """Return row and word of everything, in its order."""
        return self._connection.execute("SELECT doc, term FROM temp.instances ORDER BY doc, offset").fetchall()

    def _places(self, token: str, code: str) -> _Numbers:
        found = self._connection.execute(f"SELECT group_concat({code}) FROM temp.instances WHERE term = ?", (token,))
        return integers(found.fetchone()[0])


@dataclass(eq=False)
class Postings:
    """A word's chunks. What depends on all the others is worked out for one state of the catalog."""

    slots: ShortSlots
    # Sums of the few weights, so that half the room holds every bit of them.
    counts: ShortFloats
    stamp: int = -1
    impact: ShortFloats = field(default_factory=lambda: np.zeros(0, np.float32))
    peak: float = 0.0
    having: int = 0

    def level(self, chunks: Chunks) -> "Postings":
        """Work out what these chunks make of it, and return it."""
        if self.stamp != chunks.stamp:
            self.impact = impacts(self.counts.astype(np.float64), chunks.norms[self.slots]).astype(np.float32)
            self.peak = float(self.impact.max(initial=0.0))
            self.having = int(np.count_nonzero(chunks.alive[self.slots]))
            self.stamp = chunks.stamp
        return self

    @property
    def bytes(self) -> int:
        """What it takes, with the impact."""
        return self.slots.nbytes + 2 * self.counts.nbytes


@dataclass(frozen=True, eq=False)
class Extent:
    """The chunks up to a row: their words are read from the catalog."""

    upto: int

    def read(self, places: Places, tokens: Sequence[str], chunks: Chunks) -> Postings:
        """Return which of the chunks up to the row have a word, in a state of the catalog that is no earlier."""
        rows, counts = places.counted(tokens)
        old = rows <= self.upto
        return _placed(rows[old], counts[old], chunks)


class Words:
    """The words of the chunks up to a row, read from the catalog, and those of the newer ones, tokenized here."""

    def __init__(self, connection: sqlite3.Connection, *, upto: int) -> None:
        self._base = Places(connection)
        self._kept: OrderedDict[tuple[str, ...], Postings] = OrderedDict()
        self._tokenized: dict[str, tuple[str, ...]] = {}
        self._tokenizer = in_memory()
        self._tokenizer_words = Places(self._tokenizer)
        self.begin(upto)

    def begin(self, upto: int) -> None:
        """Read the chunks up to a row from the catalog, from now on."""
        self.extent, self._new = Extent(upto), 0
        self._kept.clear()
        self._bytes = 0
        self._added = in_memory()
        self._added_words = Places(self._added)
        self._added_kept: dict[tuple[str, ...], Postings] = {}

    def follow(self, connection: sqlite3.Connection, chunks: Chunks, *, new: int) -> None:
        """Take in the chunks of the catalog that are new; `chunks` has them already."""
        if self._new + new > max(_MOST_NEW, chunks.size // 10):
            self.begin(chunks.last)
        elif new:
            first = int(chunks.rows[-new])
            rows = connection.execute(f"SELECT row, {COLUMNS} FROM searchable WHERE row >= ?", (first,))
            self._added.execute("BEGIN")
            self._added.executemany(f"INSERT INTO words (rowid, {COLUMNS}) VALUES (?, ?, ?, ?, ?)", rows)
            self._added.execute("COMMIT")
            self._new += new
            self._added_kept.clear()

    def weighed(self, words: Sequence[str], chunks: Chunks) -> tuple[list[Weighed], dict[str, int]]:
        """Return what scoring needs of the words, and how many chunks have each of them."""
        parts, frequencies = [], {}
        for word, tokens in self._tokens(words).items():
            both = [each.level(chunks) for each in (self._old(tokens, chunks), self._fresh(tokens, chunks))]
            frequencies[word] = sum(each.having for each in both)
            idf = rarity(chunks.total, frequencies[word])
            parts += [
                Weighed(word, each.slots, each.counts, each.impact, idf, each.peak) for each in both if len(each.slots)
            ]
        return parts, frequencies

    def take_in(self, extent: Extent, tokens: tuple[str, ...], found: Postings) -> bool:
        """Keep a word that was read ahead, for as long as there is room; False if such words are of no use any more."""
        if extent is not self.extent or self._bytes + found.bytes > BUDGET:
            return False
        if tokens not in self._kept:
            self._bytes += found.bytes
            self._kept[tokens] = found
            # Rarer than those that were read before: the first that has to make room.
            self._kept.move_to_end(tokens, last=False)
        return True

    def _old(self, tokens: tuple[str, ...], chunks: Chunks) -> Postings:
        found = self._kept.pop(tokens, None)
        if found is None:
            found = self.extent.read(self._base, tokens, chunks)
            self._bytes += found.bytes
        self._kept[tokens] = found
        while self._bytes > BUDGET:
            self._bytes -= self._kept.popitem(last=False)[1].bytes
        return found

    def _fresh(self, tokens: tuple[str, ...], chunks: Chunks) -> Postings:
        if tokens not in self._added_kept:
            nothing = (np.zeros(0, np.int64), np.zeros(0))
            self._added_kept[tokens] = _placed(*(self._added_words.counted(tokens) if self._new else nothing), chunks)
        return self._added_kept[tokens]

    def _tokens(self, words: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return what FTS5 makes of each word: nearly always one, of `snake_case` two, of an unknown letter none."""
        new = [word for word in words if word not in self._tokenized]
        if len(self._tokenized) + len(new) > _MOST_TOKENIZED:
            self._tokenized, new = {}, list(words)
        if new:
            self._tokenizer.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", list(enumerate(new)))
            for word in new:
                self._tokenized[word] = ()
            for place, token in self._tokenizer_words.tokens():
                self._tokenized[new[place]] += (token,)
            self._tokenizer.execute("INSERT INTO words (words) VALUES ('delete-all')")
        return {word: self._tokenized[word] for word in words if self._tokenized[word]}


def _placed(rows: _Numbers, counts: Floats, chunks: Chunks) -> Postings:
    slots, known = chunks.slots_of(rows)
    return Postings(slots.astype(np.int32), counts[known].astype(np.float32))


class _Passing(sqlite3.Connection):
    """Closes with the state that it belongs to, which no `with` block ends; Python 3.13 warns of one left open."""

    def __del__(self) -> None:
        self.close()


def in_memory() -> sqlite3.Connection:
    """Return a connection to an empty FTS5 table that cuts words as the catalog's does, closed with its last user."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, factory=_Passing)
    connection.execute(_EMPTY)
    give_vocabulary(connection)
    return connection
