"""What is written to the catalog, each function a part of one transaction."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

from ragkit.documents import Chunk, Document, Stage
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.lexical import parts_of
from ragkit.store.catalog.records import DOCUMENT_COLUMNS, Entry, access_row, document_row, pack
from ragkit.store.catalog.schema import PARTS_ANEW
from ragkit.store.catalog.values import flaw
from ragkit.store.catalog.waiting import EMBEDDED, known

CHUNK_ROW = "id, document_id, ordinal, start, stop, page, heading, text, vector_id, parts"
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

    @property
    def told(self) -> str:
        """The message, after the uri where it does not name that itself, as most do."""
        return self.message if repr(self.uri)[1:-1] in self.message else f"{self.uri}: {self.message}"


def put(connection: sqlite3.Connection, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> int:
    """Store the vectors, and each document, which the entries have once, instead of its earlier self.

    Return how many chunks the index is to get: those that have a vector from now on.
    """
    fresh = _fresh(connection, entries, vectors)
    _put_vectors(connection, entries, vectors)
    _put_documents(connection, entries)
    rows = json.dumps(sorted(fresh))
    connection.execute("INSERT OR IGNORE INTO pending SELECT value FROM json_each(?)", (rows,))
    connection.execute("DELETE FROM garbage WHERE id IN (SELECT value FROM json_each(?))", (rows,))
    return len(fresh)


def add_chunks(connection: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """Insert chunks, each given by the values of `CHUNK_ROW`."""
    left = iter(rows)
    # Many in a statement: with each that has triggers FTS5 writes what it has gathered, which costs more than the rest.
    while some := list(islice(left, _ROWS)):
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(some))
        connection.execute(f"INSERT INTO chunks ({CHUNK_ROW}) VALUES {places}", [*chain.from_iterable(some)])


def remove(connection: sqlite3.Connection, source: str, uris: Sequence[str]) -> int:
    """Delete documents, their chunks and their failures; return how many documents there were."""
    # A name that can't have been stored would be read as another one: SQLite's functions stop at a NUL.
    wanted = (source, json.dumps([uri for uri in uris if not flaw(uri)]))
    found = connection.execute(
        "SELECT id FROM documents WHERE source = ? AND uri IN (SELECT value FROM json_each(?))", wanted
    )
    documents = [document_id for (document_id,) in found]
    ids = json.dumps(documents)
    vectors = connection.execute(
        "SELECT DISTINCT vector_id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?))", (ids,)
    ).fetchall()
    _discard_chunks(connection, documents)
    connection.execute("DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    connection.execute("DELETE FROM failures WHERE source = ? AND uri IN (SELECT value FROM json_each(?))", wanted)
    connection.executemany(
        "DELETE FROM vectors WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector_id = ?1)", vectors
    )
    return len(documents)


def admit(connection: sqlite3.Connection, source: str, access: Mapping[str, Set[str]]) -> set[str]:
    """Let these groups, and no others, read a source's documents, by uri; return the uris for which that is new."""
    wanted = {uri: access_row(group for group in groups if not flaw(group)) for uri, groups in access.items()}
    stored = connection.execute("SELECT uri, access FROM documents WHERE source = ?", (source,)).fetchall()
    changed = {uri for uri, before in stored if wanted.get(uri, before) != before}
    rows = [(wanted[uri], source, uri) for uri in changed]
    connection.executemany("UPDATE documents SET access = ? WHERE source = ? AND uri = ?", rows)
    return changed


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


def forget_lacking(connection: sqlite3.Connection) -> None:
    """Empty the list of ids that the index was to get, once it has them."""
    connection.execute("DELETE FROM pending")


def forget_stale(connection: sqlite3.Connection) -> None:
    """Empty the lists of ids that the index was to lose, once it has lost them, and drop the vectors of no chunk."""
    connection.execute("DELETE FROM garbage")
    connection.execute("DELETE FROM pending WHERE id NOT IN (SELECT id FROM chunks)")
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


def make_parts_anew(connection: sqlite3.Connection) -> None:
    """Make what words consist of anew, of which an older ragkit knew less; part of one transaction."""
    connection.create_function("parts_of", 3, parts_of, deterministic=True)
    connection.execute(PARTS_ANEW)


def _put_documents(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Put documents in the place of their earlier selves; a chunk that stays as it is, is not written again."""
    chunks = {row: chunk for entry in entries for row, chunk in zip(entry.ids, entry.chunks, strict=True)}
    before = _places(connection, entries)
    kept = {row for row, chunk in chunks.items() if before.get(row, ())[:2] == (chunk.heading, chunk.text)}
    _discard_chunks(connection, [entry.document.id for entry in entries], keep=kept, indexed=chunks)
    for entry in entries:
        _put_document(connection, entry.document)
    connection.executemany(
        "INSERT OR REPLACE INTO parsed SELECT number, ? FROM documents WHERE id = ?",
        [(entry.document.parser, entry.document.id) for entry in entries],
    )
    connection.executemany(
        "UPDATE chunks SET ordinal = ?, start = ?, stop = ?, page = ? WHERE id = ?",
        [(*_place(chunks[row]), row) for row in kept if before[row][2:] != _place(chunks[row])],
    )
    add_chunks(
        connection,
        (
            (
                row,
                entry.document.id,
                *_place(chunk),
                chunk.heading,
                chunk.text,
                key,
                parts_of(entry.document.title, chunk.heading, chunk.text),
            )
            for entry in entries
            for row, chunk, key in zip(entry.ids, entry.chunks, entry.keys, strict=True)
            if row not in kept
        ),
    )


def _put_document(connection: sqlite3.Connection, document: Document) -> None:
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
    connection.execute("DELETE FROM failures WHERE source = ? AND uri = ?", (document.source, document.uri))


def _places(connection: sqlite3.Connection, entries: Sequence[Entry]) -> dict[str, tuple[object, ...]]:
    """Return what is stored of documents' chunks: heading, text and place, by id; none of one whose title changes."""
    # A chunk is found by the words of the title too, so it can't stay as it is behind another one.
    sql = (
        "SELECT c.id, c.heading, c.text, c.ordinal, c.start, c.stop, c.page FROM json_each(?) j "
        "JOIN documents d ON d.id = json_extract(j.value, '$[0]') AND d.title = json_extract(j.value, '$[1]') "
        "JOIN chunks c ON c.document_id = d.id"
    )
    titles = json.dumps([(entry.document.id, entry.document.title) for entry in entries])
    return {row: tuple(rest) for row, *rest in connection.execute(sql, (titles,))}


def _place(chunk: Chunk) -> tuple[object, ...]:
    return (chunk.ordinal, chunk.start, chunk.end, chunk.page)


def _discard_chunks(
    connection: sqlite3.Connection, documents: Sequence[str], *, keep: Iterable[str] = (), indexed: Iterable[str] = ()
) -> None:
    """Delete the chunks of documents but those to keep; what is not `indexed` anew is to leave the index."""
    # For many documents in a statement, as in `add_chunks`.
    chosen = "document_id IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT value FROM json_each(?))"
    ids = json.dumps(documents)
    connection.execute(
        f"INSERT OR IGNORE INTO garbage SELECT id FROM chunks WHERE {chosen}", (ids, json.dumps(list(indexed)))
    )
    connection.execute(f"DELETE FROM chunks WHERE {chosen}", (ids, json.dumps(list(keep))))


def _fresh(connection: sqlite3.Connection, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> set[str]:
    """Return the chunks of the entries, and those that wait, which have no vector yet and get one."""
    keys = {row: key for entry in entries for row, key in zip(entry.ids, entry.keys, strict=True)}
    made = vectors.keys() | known(connection, set(keys.values()) - vectors.keys())
    coming = {row for row, key in keys.items() if key in made}
    return (coming | _waiting(connection, vectors)) - _present(connection, coming)


def _waiting(connection: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Return the ids of stored chunks that wait for one of these vectors."""
    sql = (
        "SELECT c.id FROM vectors v JOIN chunks c ON c.vector_id = v.id "
        "WHERE v.id IN (SELECT value FROM json_each(?)) AND v.vector = x''"
    )
    return {row for (row,) in connection.execute(sql, (json.dumps(list(keys)),))}


def _present(connection: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """Return which of the ids are those of stored chunks with a vector."""
    sql = f"SELECT c.id FROM chunks c WHERE c.id IN (SELECT value FROM json_each(?)) AND {EMBEDDED}"
    return {row for (row,) in connection.execute(sql, (json.dumps(list(ids)),))}
