"""One state of the catalog in memory, and how it becomes the next one."""

import sqlite3

import numpy as np

from ragkit.store.catalog import waiting
from ragkit.store.memory.admitted import Admitted
from ragkit.store.memory.matrix import Matrix, Plane
from ragkit.store.memory.postings import Words
from ragkit.store.memory.slots import Chunks, read_chunks
from ragkit.store.memory.unread import Unread

# Some 650 MB with vectors of 384 numbers, and a few seconds to read them. Beyond that they are too much for a small
# machine, and the vector index, which keeps nothing here, answers sooner.
MOST_CHUNKS = 400_000
MOST_NUMBERS = MOST_CHUNKS * 384
# Slots of chunks that are gone are given back when they are the greater part of more than so many.
_WORTH_IT = 4_096


class State:
    """Everything is read within a transaction that the caller holds, and nothing else."""

    def __init__(self, connection: sqlite3.Connection, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._connection = connection
        self._seq = self._last_seq()
        self.chunks = read_chunks(connection, after=0)
        self.words = Words(connection, upto=self.chunks.last)
        self.admitted = Admitted(connection)
        self._matrix = Matrix(0)
        self._unread = self._to_read()

    def follow(self, fingerprint: str) -> bool:
        """Take in what was committed; False if all must be read anew."""
        if fingerprint != self.fingerprint:
            return False
        gone = self._connection.execute(
            "SELECT seq, row FROM removed WHERE seq > ? ORDER BY seq", (self._seq,)
        ).fetchall()
        if gone and gone[0][0] != self._seq + 1:
            # Some were trimmed before they were seen.
            return False
        new = read_chunks(self._connection, after=self.chunks.last)
        chunks = self.chunks.without(np.array([row for _, row in gone])) if gone else self.chunks
        chunks = chunks.followed_by(new) if new.size else chunks
        # Whatever else may have happened to the file, the number of chunks gives it away.
        if chunks.total != count_chunks(self._connection) or _is_sparse(chunks):
            return False
        self._seq = gone[-1][0] if gone else self._seq
        self.chunks = chunks
        self.words.follow(self._connection, chunks, new=new.size)
        self.admitted.forget()
        self._unread = self._to_read()
        return True

    def read_vectors(self) -> bool:
        """Read some of the vectors that are missing; whether that was all."""
        if not len(self._unread) or not self._fits():
            return True
        rows, vectors = self._unread.page()
        if not self._matrix.dimension:
            self._matrix = Matrix(vectors.shape[1])
        slots, _ = self.chunks.slots_of(rows)
        if self._fits():
            self._matrix.put(slots, vectors, size=self.chunks.size)
        return not len(self._unread)

    def plane(self) -> Plane | None:
        """Return the vectors; None if they are too many."""
        return self._matrix.plane(self.chunks.size) if self._fits() else None

    def _to_read(self) -> Unread:
        """Return what has a vector that is not in memory."""
        lacking = self.chunks.rows[self._matrix.lacking(self.chunks.alive)]
        rows = np.setdiff1d(lacking, waiting.rows(self._connection), assume_unique=True)
        return Unread(self._connection, rows, chunks=self.chunks.total)

    def _fits(self) -> bool:
        return self.chunks.size * self._matrix.dimension <= MOST_NUMBERS

    def _last_seq(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM removed").fetchone()[0])


def _is_sparse(chunks: Chunks) -> bool:
    return chunks.size > _WORTH_IT and 2 * chunks.total < chunks.size


def count_chunks(connection: sqlite3.Connection) -> int:
    """Return how many chunks the catalog has."""
    return int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0])
