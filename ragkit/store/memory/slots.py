"""The chunks of one state of the catalog as arrays, a slot for each, in the order of their rows."""

import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import numpy as np

from ragkit.store.catalog.records import Rows, integers
from ragkit.store.memory.scoring import Floats, Mask, Slots, norms


@dataclass(frozen=True, eq=False)
class Chunks:
    """By slot: the catalog's row, the number of its document, its words, and whether it is still there."""

    rows: Rows
    documents: Rows
    lengths: Rows
    alive: Mask
    # No two have the same.
    stamp: int = field(default_factory=count().__next__)

    @property
    def size(self) -> int:
        """How many slots there are, those of chunks that are gone among them."""
        return len(self.rows)

    @property
    def last(self) -> int:
        """The highest row; 0 if there is none."""
        return int(self.rows[-1]) if len(self.rows) else 0

    @cached_property
    def numbers(self) -> int:
        """How many numbers of documents there are, from 0 to the highest."""
        return int(self.documents.max(initial=0)) + 1

    @cached_property
    def total(self) -> int:
        """How many chunks there are."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def mean_words(self) -> float:
        """How many words a chunk has, with its title and heading."""
        return int(self.lengths[self.alive].sum()) / max(self.total, 1)

    @cached_property
    def norms(self) -> Floats:
        """What BM25 takes for the length of each."""
        return norms(self.lengths, average=self.mean_words or 1.0)

    def of_documents(self, admitted: Mask) -> Mask:
        """Return which slots a mask by the number of the document admits, those of chunks that are gone among them."""
        # A look-up for each document takes half the time of one for each chunk.
        documents, lengths = self._stretches
        return np.repeat(admitted[documents], lengths)

    @cached_property
    def _stretches(self) -> tuple[Slots, Slots]:
        """The document of each run of slots side by side that have the same one, and how many they are."""
        first = np.flatnonzero(np.diff(self.documents, prepend=-1))
        return self.documents[first], np.diff(first, append=self.size)

    def slots_of(self, rows: Rows) -> tuple[Slots, Mask]:
        """Return the slots of the rows that have one, in their order, and which these are."""
        if not self.size:
            return np.zeros(0, np.int64), np.zeros(len(rows), np.bool_)
        slots = np.minimum(np.searchsorted(self.rows, rows), self.size - 1)
        known = self.rows[slots] == rows
        return slots[known], known

    def without(self, rows: Rows) -> "Chunks":
        """Return these without the rows that are gone."""
        alive = self.alive.copy()
        alive[self.slots_of(np.sort(rows))[0]] = False
        return Chunks(self.rows, self.documents, self.lengths, alive)

    def followed_by(self, new: "Chunks") -> "Chunks":
        """Return these and newer ones."""
        pairs = ((self.rows, new.rows), (self.documents, new.documents), (self.lengths, new.lengths))
        rows, documents, lengths = (np.concatenate(pair) for pair in pairs)
        return Chunks(rows, documents, lengths, np.concatenate((self.alive, new.alive)))


def read_chunks(connection: sqlite3.Connection, *, after: int) -> Chunks:
    """Return the chunks of the rows after one.

    Raises:
        sqlite3.DatabaseError: the full-text index has others.
    """
    # Without a condition SQLite goes from index to index, and reads no table.
    condition, values = ("WHERE c.row > ?", (after,)) if after else ("", ())
    joined = connection.execute(
        "SELECT group_concat(c.row), group_concat(d.number) FROM chunks c "
        f"JOIN documents d ON d.id = c.document_id {condition}",
        values,
    ).fetchone()
    rows, documents = map(integers, joined)
    order = np.argsort(rows)
    found, lengths = read_lengths(connection, after=after)
    if not np.array_equal(rows[order], found):
        raise sqlite3.DatabaseError("the full-text index has other rows than the table of chunks")
    return Chunks(rows[order], documents[order], lengths, np.ones(len(rows), np.bool_))


def read_lengths(connection: sqlite3.Connection, *, after: int = 0) -> tuple[Rows, Rows]:
    """Return rows and their words from FTS5's own table, which has a varint a column for each."""
    found = connection.execute("SELECT id, sz FROM words_docsize WHERE id > ? ORDER BY id", (after,)).fetchall()
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    sizes = [each for _, each in found]
    starts = np.cumsum([0, *map(len, sizes[:-1])])
    encoded = np.frombuffer(b"".join(sizes), np.uint8)
    # Groups of 7 bits, the highest first; all but the last group of a number have the eighth bit set.
    continued, weights = (encoded & 0x80).astype(np.bool_), np.ones(len(encoded), np.int64)
    for _ in range(4):
        weights = np.where(continued, np.append(weights[1:], 1) * 128, 1)
    return np.array([row for row, _ in found]), np.add.reduceat((encoded & 0x7F) * weights, starts)
