"""Chunks that words find already and whose vectors follow: an empty vector stands for one that is not made yet."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from ragkit.documents import Chunk
from ragkit.store.catalog.conditions import Condition
from ragkit.store.catalog.records import CHUNK_COLUMNS, Rows, integers, read_chunk

# That a chunk `c` has its vector. It costs a look into an index that is empty when nothing waits.
EMBEDDED = "NOT EXISTS (SELECT 1 FROM vectors w WHERE w.id = c.vector_id AND w.vector = x'')"
_NEIGHBOURS = 4096
# That a vector has another length than most.
_ODD = (
    "length(vector) NOT IN (0, (SELECT length(vector) FROM vectors WHERE vector <> x'' "
    "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1))"
)
_GONE = "vector_id NOT IN (SELECT id FROM vectors)"
# From the few that wait to their chunks, never the other way round.
_CHUNKS = "vectors w INDEXED BY waiting CROSS JOIN chunks c ON c.vector_id = w.id"
_DOCUMENTS = f"{_CHUNKS} JOIN documents d ON d.id = c.document_id"


def count(connection: sqlite3.Connection, condition: Condition | None = None) -> int:
    """Return how many chunks wait, of those that a condition admits if there is one."""
    sql, values = condition or ("1", [])
    tables = _DOCUMENTS if condition else _CHUNKS
    found = connection.execute(f"SELECT count(*) FROM {tables} WHERE w.vector = x'' AND ({sql})", values)
    return int(found.fetchone()[0])


def rows(connection: sqlite3.Connection) -> Rows:
    """Return the rows of the chunks that wait, in no order."""
    found = connection.execute(f"SELECT group_concat(c.row) FROM {_CHUNKS} WHERE w.vector = x''")
    return integers(found.fetchone()[0])


def known(connection: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Return which of these keys have their vector."""
    sql = "SELECT id FROM vectors WHERE id IN (SELECT value FROM json_each(?)) AND vector <> x''"
    return {row for (row,) in connection.execute(sql, (json.dumps(list(keys)),))}


def keys(connection: sqlite3.Connection) -> list[str]:
    """Return the keys of all vectors that are waited for, those of the first chunks first."""
    # Within some thousands by key: a commit of keys that are neighbours writes far fewer pages of their indexes.
    found = connection.execute(
        f"SELECT w.id FROM {_CHUNKS} WHERE w.vector = x'' GROUP BY w.id ORDER BY min(c.row) / {_NEIGHBOURS}, w.id",
    )
    return [key for (key,) in found]


def texts(connection: sqlite3.Connection, wanted: Sequence[str]) -> dict[str, Chunk]:
    """Return for each of these keys that is still waited for one of the chunks that have it."""
    found = connection.execute(
        f"SELECT {CHUNK_COLUMNS}, w.id FROM {_DOCUMENTS} "
        "WHERE w.vector = x'' AND w.id IN (SELECT value FROM json_each(?)) GROUP BY w.id",
        (json.dumps(list(wanted)),),
    )
    return {row[-1]: read_chunk(row) for row in found}


def broken(connection: sqlite3.Connection) -> int:
    """Return how many chunks have lost their vector, or have one of another length than most."""
    sql = f"SELECT count(*) FROM chunks WHERE {_GONE} OR vector_id IN (SELECT id FROM vectors WHERE {_ODD})"
    return int(connection.execute(sql).fetchone()[0])


def await_broken(connection: sqlite3.Connection) -> None:
    """Let vectors that are gone, or have another length than most, be waited for."""
    connection.execute(f"INSERT INTO vectors SELECT DISTINCT vector_id, x'' FROM chunks WHERE {_GONE}")
    connection.execute(f"UPDATE vectors SET vector = x'' WHERE {_ODD}")
