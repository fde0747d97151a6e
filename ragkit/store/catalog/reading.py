"""What is read from the catalog, each function one look at one state of it."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.documents import Document, Value
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog import waiting
from ragkit.store.catalog.conditions import Condition
from ragkit.store.catalog.records import Summary, read_document, unpack
from ragkit.store.catalog.writing import Failure

# A batch of vectors: about as many as Chroma takes at once, since each call of it has a transaction of its own.
_VECTORS = 5_000
Vectored = tuple[list[str], Vectors]
_DOCUMENT_COLUMNS = (
    "source, uri, revision, title, media_type, text, sections, metadata, access, updated_at, coalesce(p.parser, '')"
)


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Counts of a store. `bytes` is the whole folder.

    `unembedded` chunks have no vector yet; all others are `indexed` in a healthy store.
    """

    documents: int
    chunks: int
    indexed: int
    unembedded: int
    failures: int
    bytes: int
    sources: Mapping[str, int]
    fingerprint: str


def document(connection: sqlite3.Connection, document_id: str, condition: Condition) -> Document | None:
    """Return one document that the condition admits."""
    sql, values = condition
    row = connection.execute(
        f"SELECT {_DOCUMENT_COLUMNS} FROM documents d LEFT JOIN parsed p ON p.document = d.number "
        f"WHERE d.id = ? AND ({sql})",
        [document_id, *values],
    ).fetchone()
    return read_document(row) if row else None


def summaries(connection: sqlite3.Connection, condition: Condition) -> list[Summary]:
    """Return the documents that the condition admits, by source and uri."""
    sql, values = condition
    rows = connection.execute(
        "SELECT d.id, d.source, d.uri, d.title, d.media_type, count(c.row), length(d.text), d.indexed_at "
        "FROM documents d LEFT JOIN chunks c ON d.id = c.document_id "
        f"WHERE {sql} GROUP BY d.id ORDER BY d.source, d.uri",
        values,
    )
    names = ("id", "source", "uri", "title", "media_type", "chunks", "characters", "indexed_at")
    return [Summary(**dict(zip(names, row, strict=True))) for row in rows]


def values(connection: sqlite3.Connection, field: str, condition: Condition) -> list[Value]:
    """Return the values that a field has in the documents which the condition admits, sorted; truth values last."""
    sql, parameters = condition
    rows = connection.execute(
        "SELECT DISTINCT a.value FROM attributes a JOIN documents d ON d.number = a.document "
        f"WHERE a.field = ? AND ({sql}) ORDER BY a.value",
        [field, *parameters],
    )
    return [value == b"\x01" if isinstance(value, bytes) else value for (value,) in rows]


def span(connection: sqlite3.Connection, document_id: str, start: int, end: int) -> str:
    """Return a stretch of a document's text; empty if there is no such document."""
    row = connection.execute(
        "SELECT substr(text, ?, ?) FROM documents WHERE id = ?", (start + 1, end - start, document_id)
    ).fetchone()
    return str(row[0]) if row else ""


def sources(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the sources, sorted."""
    return [row for (row,) in connection.execute("SELECT DISTINCT source FROM documents ORDER BY source")]


def revisions(connection: sqlite3.Connection, source: str) -> dict[str, str]:
    """Return the revisions of a source's documents, by uri."""
    return dict(connection.execute("SELECT uri, revision FROM documents WHERE source = ?", (source,)).fetchall())


def outdated(connection: sqlite3.Connection, source: str, parsers: Collection[str]) -> set[str]:
    """Return the uris of a source's documents that none of these parsers has read."""
    rows = connection.execute(
        "SELECT d.uri FROM documents d LEFT JOIN parsed p ON p.document = d.number "
        "WHERE d.source = ? AND (p.parser IS NULL OR p.parser NOT IN (SELECT value FROM json_each(?)))",
        (source, json.dumps(list(parsers))),
    )
    return {uri for (uri,) in rows}


def last_run(connection: sqlite3.Connection, source: str) -> Mapping[str, object]:
    """Return what was kept of the last finished run of a source; nothing before the first."""
    row = connection.execute("SELECT report FROM runs WHERE source = ? ORDER BY id DESC LIMIT 1", (source,)).fetchone()
    report: dict[str, object] = json.loads(row[0]) if row else {}
    return report


def failures(connection: sqlite3.Connection, source: str | None) -> list[Failure]:
    """Return the recorded failures, of one source or of all."""
    rows = connection.execute(
        "SELECT source, uri, revision, stage, error, message FROM failures WHERE ? IN (source, '') ORDER BY 1, 2",
        (source or "",),
    )
    names = ("source", "uri", "revision", "stage", "error", "message")
    return [Failure(**dict(zip(names, row, strict=True))) for row in rows]


def stale_ids(connection: sqlite3.Connection) -> list[str]:
    """Return the ids that the index may hold and for which the catalog has no vector."""
    sql = (
        "SELECT id FROM garbage UNION SELECT id FROM pending "
        "EXCEPT SELECT c.id FROM chunks c "
        f"WHERE c.id IN (SELECT id FROM garbage UNION SELECT id FROM pending) AND {waiting.EMBEDDED}"
    )
    return [row for (row,) in connection.execute(sql)]


def count(connection: sqlite3.Connection, table: str) -> int:
    """Return how many rows a table has; `pending` has the chunks that the index is still to get."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def lacking(connection: sqlite3.Connection) -> Iterator[Vectored]:
    """Yield what the index is still to get, a batch at a time."""
    return _vectored(connection, "c.id IN (SELECT id FROM pending)")


def all_vectors(connection: sqlite3.Connection) -> Iterator[Vectored]:
    """Yield the id and vector of every chunk that has one, a batch at a time."""
    return _vectored(connection, "1")


def _vectored(connection: sqlite3.Connection, condition: str) -> Iterator[Vectored]:
    rows = connection.execute(
        "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector_id "
        f"WHERE v.vector <> x'' AND {condition} ORDER BY c.row"
    )
    while page := rows.fetchmany(_VECTORS):
        yield [row for row, _ in page], unpack([blob for _, blob in page])


def fingerprint(connection: sqlite3.Connection) -> str:
    """Return what the vectors were made with."""
    return str(connection.execute("SELECT value FROM meta WHERE key = 'fingerprint'").fetchone()[0])


def stats(connection: sqlite3.Connection, folder: Path, *, indexed: int) -> Stats:
    """Count what is stored."""
    sources = dict(
        connection.execute("SELECT source, count(*) FROM documents GROUP BY source ORDER BY source").fetchall()
    )
    return Stats(
        documents=count(connection, "documents"),
        chunks=count(connection, "chunks"),
        indexed=indexed,
        unembedded=waiting.count(connection),
        failures=count(connection, "failures"),
        bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        sources=sources,
        fingerprint=fingerprint(connection),
    )
