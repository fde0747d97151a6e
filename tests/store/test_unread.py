"""Vectors come into memory as they are in the catalog, by a walk through their table as one by one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from ragkit.store.catalog.records import pack
from ragkit.store.memory import unread
from ragkit.store.memory.unread import Unread

pytestmark = pytest.mark.timeout(60)
ROWS = np.array([2, 3, 4, 7, 8, 9], np.int64)
# By row, the place of its vector in the table; two chunks share one, and one waits.
PLACES = {1: 60, 2: 50, 3: 10, 4: 50, 5: 45, 7: 11, 8: 2, 9: 5_000_000_000}


@pytest.fixture
def catalog() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE vectors (id TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        made.execute("CREATE TABLE chunks (row INTEGER PRIMARY KEY, vector_id TEXT NOT NULL)")
        made.execute("CREATE INDEX chunks_by_vector ON chunks (vector_id)")
        # That of place 12 no chunk has.
        for place in {*PLACES.values(), 12}:
            vector = b"" if place == 45 else pack(np.array([place, 1.0], np.float32))
            made.execute("INSERT INTO vectors (rowid, id, vector) VALUES (?, ?, ?)", (place, f"v{place}", vector))
        made.executemany("INSERT INTO chunks VALUES (?, ?)", [(row, f"v{place}") for row, place in PLACES.items()])
        yield made


# Broken on purpose: all rows `wanted` (those that memory has, or that wait), `order` as it comes (a vector of another
# chunk), `size` one less, the page of `_looked_up` not taken off the rows (it never ends).
@pytest.mark.parametrize("page", [1, 2, 40, 4_000])
@pytest.mark.parametrize("many", [0, 10_000])
def test_each_row_gets_its_own_vector_and_only_once(
    catalog: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, many: int, page: int
) -> None:
    monkeypatch.setattr(unread, "_MANY", many)
    monkeypatch.setattr(unread, "_PAGE", page)
    left, read = Unread(catalog, ROWS, chunks=8), []
    while len(left):
        rows, vectors = left.page()
        read += list(zip(rows.tolist(), vectors[:, 0].tolist(), strict=True))
    assert sorted(read) == [(row, float(np.float32(PLACES[row]))) for row in ROWS.tolist()]


def test_a_chunk_whose_vector_is_gone_is_not_passed_over(
    catalog: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "_MANY", 0)
    catalog.execute("DELETE FROM vectors WHERE id = 'v10'")
    with pytest.raises(sqlite3.DatabaseError, match="other vectors"):
        Unread(catalog, ROWS, chunks=8).page()
