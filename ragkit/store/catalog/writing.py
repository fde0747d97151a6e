"""What is written to the catalog, each function a part of one transaction."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

import numpy as np

from ragkit.documents import Chunk, Stage
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.records import DOCUMENT_COLUMNS, Entry, document_row, pack, unpack
from ragkit.store.catalog.values import flaw
from ragkit.store.catalog.waiting import EMBEDDED

CHUNK_ROW = "id, document_id, ordinal, start, stop, page, heading, text, vector_id"
# SQLite takes 32,766 values a statement.
_ROWS = 1000


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One resource that could not be ingested, and why. `error` is the class of what was raised."""

    source: str
    uri: str
    revision: str
    stage: Stage
    error: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """What the vector index does not hold yet: a row of `vectors` for each id."""

    ids: list[str]
    vectors: Vectors


def prepare(connection: sqlite3.Connection, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> Fresh:
    """Note the ids that are about to be indexed, and return them.

    They are the chunks of the entries, and those that wait for one of the vectors; but none whose vector is neither
    here nor stored, and none that is indexed already.
    """
    keys = _waiting(connection, vectors)
    keys |= {row: key for entry in entries for row, key in zip(entry.ids, entry.keys, strict=True)}
    indexed = _present(connection, keys)
    made = {**_stored(connection, set(keys.values()) - vectors.keys()), **vectors}
    ids = [row for row, key in keys.items() if row not in indexed and key in made]
    connection.executemany("INSERT OR IGNORE INTO pending VALUES (?)", [(row,) for row in ids])
    connection.execute("DELETE FROM garbage WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
    rows = [made[keys[row]] for row in ids]
    return Fresh(ids=ids, vectors=np.stack(rows) if rows else np.zeros((0, 0), np.float32))


def commit(connection: sqlite3.Connection, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
    """Make all of it true: the vectors, and each document, which the entries have once, instead of its earlier self."""
    _put_vectors(connection, entries, vectors)
    add_chunks(connection, [row for entry in entries for row in _put_document(connection, entry)])
    connection.execute("DELETE FROM pending")


def add_chunks(connection: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """Insert chunks, each given by the values of `CHUNK_ROW`."""
    left = iter(rows)
    # Many in a statement: with each that has triggers FTS5 writes what it has gathered, which costs more than the rest.
    while some := list(islice(left, _ROWS)):
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(some))
        connection.execute(f"INSERT INTO chunks ({CHUNK_ROW}) VALUES {places}", [*chain.from_iterable(some)])


def remove(connection: sqlite3.Connection, source: str, uris: Sequence[str]) -> int:
    """Delete documents, their chunks and their failures; return how many documents there were."""
    # A name that can't have been stored would be read as another one: SQLite's functions stop at a NUL.
    wanted = (source, json.dumps([uri for uri in uris if not flaw(uri)]))
    rows = connection.execute(
        "SELECT id FROM documents WHERE source = ? AND uri IN (SELECT value FROM json_each(?))", wanted
    ).fetchall()
    ids = json.dumps([document_id for (document_id,) in rows])
    vectors = connection.execute(
        "SELECT DISTINCT vector_id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?))", (ids,)
    ).fetchall()
    for (document_id,) in rows:
        _discard_chunks(connection, document_id)
        connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    connection.execute("DELETE FROM failures WHERE source = ? AND uri IN (SELECT value FROM json_each(?))", wanted)
    connection.executemany(
        "DELETE FROM vectors WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector_id = ?1)", vectors
    )
    return len(rows)


def record(connection: sqlite3.Connection, failures: Sequence[Failure]) -> None:
    """Keep the last failure of each resource."""
    connection.executemany(
        "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)",
        [(f.source, f.uri, f.revision, f.stage, f.error, f.message) for f in failures],
    )


def record_run(connection: sqlite3.Connection, source: str, report: str) -> None:
    """Keep the report of a finished run."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute("INSERT INTO runs (source, finished_at, report) VALUES (?, ?, ?)", (source, now, report))


def forget_stale(connection: sqlite3.Connection) -> None:
    """Empty the lists of ids that the index was to lose, once it has lost them."""
    connection.execute("DELETE FROM garbage")
    connection.execute("DELETE FROM pending")
    # The inner SELECT reads the index alone; a condition on the DELETE itself would read every vector from the disk.
    connection.execute(
        "DELETE FROM vectors WHERE id IN "
        "(SELECT id FROM vectors v WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE vector_id = v.id))"
    )


def _put_vectors(connection: sqlite3.Connection, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
    """Store the vectors, each for all chunks that wait for it; an empty one for each that the entries still lack."""
    # REPLACE writes it at the end of the table, where it fills its page; in its place it would part the pages.
    connection.executemany(
        "INSERT OR REPLACE INTO vectors SELECT ?1, ?2 WHERE NOT EXISTS "
        "(SELECT 1 FROM vectors WHERE id = ?1 AND vector <> x'')",
        [(key, pack(vector)) for key, vector in vectors.items()],
    )
    lacking = {key for entry in entries for key in entry.keys} - vectors.keys()
    connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, x'')", [(key,) for key in sorted(lacking)])


def _put_document(connection: sqlite3.Connection, entry: Entry) -> list[tuple[object, ...]]:
    """Put a document in the place of its earlier self, and return the rows of its chunks that it hadn't already."""
    document, identity = entry.document, entry.document.id
    chunks = dict(zip(entry.ids, entry.chunks, strict=True))
    before = _places(connection, identity, title=document.title)
    kept = {row for row, chunk in chunks.items() if before.get(row, ())[:2] == (chunk.heading, chunk.text)}
    _discard_chunks(connection, identity, keep=kept, indexed=chunks)
    # An upsert, since REPLACE would delete the row and with it, by the foreign key, its chunks.
    connection.execute(
        f"""
        INSERT INTO documents ({DOCUMENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            revision = excluded.revision, title = excluded.title, media_type = excluded.media_type,
            text = excluded.text, sections = excluded.sections, metadata = excluded.metadata,
            access = excluded.access, updated_at = excluded.updated_at, indexed_at = excluded.indexed_at
        """,
        document_row(document),
    )
    connection.executemany(
        "UPDATE chunks SET ordinal = ?, start = ?, stop = ?, page = ? WHERE id = ?",
        [(*_place(chunks[row]), row) for row in kept if before[row][2:] != _place(chunks[row])],
    )
    connection.execute("DELETE FROM failures WHERE source = ? AND uri = ?", (document.source, document.uri))
    return [
        (row, identity, *_place(chunk), chunk.heading, chunk.text, key)
        for (row, chunk), key in zip(chunks.items(), entry.keys, strict=True)
        if row not in kept
    ]


def _places(connection: sqlite3.Connection, identity: str, *, title: str) -> dict[str, tuple[object, ...]]:
    """Return what is stored of a document's chunks: heading, text and place, by id; nothing if its title changes."""
    # A chunk is found by the words of the title too, so it can't stay as it is behind another one.
    sql = (
        "SELECT c.id, c.heading, c.text, c.ordinal, c.start, c.stop, c.page "
        "FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.id = ? AND d.title = ?"
    )
    return {row: tuple(rest) for row, *rest in connection.execute(sql, (identity, title))}


def _place(chunk: Chunk) -> tuple[object, ...]:
    return (chunk.ordinal, chunk.start, chunk.end, chunk.page)


def _discard_chunks(
    connection: sqlite3.Connection, document_id: str, *, keep: Iterable[str] = (), indexed: Iterable[str] = ()
) -> None:
    """Delete a document's chunks but those to keep; what is not `indexed` anew is to leave the index."""
    connection.execute(
        "INSERT OR IGNORE INTO garbage SELECT id FROM chunks WHERE document_id = ? "
        "AND id NOT IN (SELECT value FROM json_each(?))",
        (document_id, json.dumps(list(indexed))),
    )
    connection.execute(
        "DELETE FROM chunks WHERE document_id = ? AND id NOT IN (SELECT value FROM json_each(?))",
        (document_id, json.dumps(list(keep))),
    )


def _waiting(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return the ids of stored chunks that wait for one of these vectors, and which."""
    sql = (
        "SELECT c.id, c.vector_id FROM vectors v JOIN chunks c ON c.vector_id = v.id "
        "WHERE v.id IN (SELECT value FROM json_each(?)) AND v.vector = x''"
    )
    return dict(connection.execute(sql, (json.dumps(list(keys)),)).fetchall())


def _present(connection: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Return which of the ids are those of stored chunks with a vector."""
    sql = f"SELECT c.id FROM chunks c WHERE c.id IN (SELECT value FROM json_each(?)) AND {EMBEDDED}"
    return {row for (row,) in connection.execute(sql, (json.dumps(list(ids)),))}


def _stored(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Vectors]:
    sql = "SELECT id, vector FROM vectors WHERE id IN (SELECT value FROM json_each(?)) AND vector <> x''"
    found = connection.execute(sql, (json.dumps(list(keys)),)).fetchall()
    return dict(zip((key for key, _ in found), unpack([blob for _, blob in found]), strict=True))
