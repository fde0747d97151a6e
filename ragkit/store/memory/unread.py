"""The vectors that memory lacks, read from the catalog a page at a time, so that other searches come in between."""

import json
import sqlite3

import numpy as np

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.records import Rows, integers, unpack

_PAGE = 4_000
# A walk through the table costs a third of looking each vector up by its key; it pays if it needs half of the table.
_MANY = 10_000


class Unread:
    """What one state of the catalog has for these rows; after a commit there must be another one of these.

    `chunks` is how many there are, with their vectors in memory or not. None of the rows waits for its vector.
    """

    def __init__(self, connection: sqlite3.Connection, rows: Rows, *, chunks: int) -> None:
        self._connection = connection
        self._rows = rows
        self._walks = len(rows) > max(_MANY, chunks // 2)
        # Of the vector of each row in its table, ascending; found when the first page is asked for.
        self._places: Rows | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def page(self) -> tuple[Rows, Vectors]:
        """Return some rows, in no order, and the vector of each; these are no longer unread."""
        return self._next_in_the_table() if self._walks else self._looked_up()

    def _looked_up(self) -> tuple[Rows, Vectors]:
        page, self._rows = self._rows[:_PAGE], self._rows[_PAGE:]
        found = self._connection.execute(
            "SELECT c.row, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector_id "
            "WHERE c.row IN (SELECT value FROM json_each(?))",
            (json.dumps(page.tolist()),),
        ).fetchall()
        return np.array([row for row, _ in found], np.int64), unpack([blob for _, blob in found])

    def _next_in_the_table(self) -> tuple[Rows, Vectors]:
        if self._places is None:
            self._rows, self._places = self._placed()
        first = int(self._places[0])
        size = int(np.searchsorted(self._places, first + _PAGE))
        found = dict(
            self._connection.execute(
                "SELECT rowid, vector FROM vectors WHERE rowid >= ? AND rowid < ?", (first, first + _PAGE)
            )
        )
        # Several chunks may have one vector; and the table may have some that nobody asked for.
        vectors = unpack([found[place] for place in self._places[:size].tolist()])
        rows = self._rows[:size]
        self._rows, self._places = self._rows[size:], self._places[size:]
        return rows, vectors

    def _placed(self) -> tuple[Rows, Rows]:
        # From one index to the other: neither of the tables is read.
        joined = self._connection.execute(
            "SELECT group_concat(c.row), group_concat(v.rowid) FROM chunks c JOIN vectors v ON v.id = c.vector_id"
        ).fetchone()
        rows, places = map(integers, joined)
        wanted = np.isin(rows, self._rows)
        if np.count_nonzero(wanted) != len(self._rows):
            raise sqlite3.DatabaseError("the table of chunks has other vectors than the table of vectors")
        order = np.argsort(places[wanted], kind="stable")
        return rows[wanted][order], places[wanted][order]
