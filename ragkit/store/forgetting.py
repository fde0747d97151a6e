"""Forgetting for good: SQLite keeps deleted rows in free pages, FTS5 in old segments, Chroma in its files."""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

from ragkit.filters import Filter
from ragkit.store.catalog.conditions import compile_filter
from ragkit.store.catalog.reading import count
from ragkit.store.catalog.writing import remove

# A failure has no metadata and no chunks: in the shape of a document it is found by its source and uri alone.
_FAILED = (
    "(SELECT source, uri, NULL AS title, NULL AS media_type, '{}' AS metadata FROM failures) d "
    "JOIN (SELECT NULL AS heading, NULL AS page) c"
)


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """How much was forgotten: documents with their chunks, resources that had failed, and records of answers."""

    documents: int
    chunks: int
    failures: int
    records: int = 0


def forget(connection: sqlite3.Connection, where: Filter) -> Forgotten:
    """Delete what a filter selects, and the reports of the runs that may name it; part of one transaction."""
    sql, values = compile_filter(where)
    joined = "documents d LEFT JOIN chunks c ON c.document_id = d.id"
    chosen = connection.execute(f"SELECT DISTINCT d.source, d.uri FROM {joined} WHERE {sql}", values).fetchall()
    failed = connection.execute(f"SELECT d.source, d.uri FROM {_FAILED} WHERE {sql}", values).fetchall()
    before = count(connection, "chunks")
    by_source = defaultdict(list)
    for source, uri in [*chosen, *failed]:
        by_source[source].append(uri)
    for source, uris in by_source.items():
        remove(connection, source, uris)
        connection.execute("DELETE FROM runs WHERE source = ?", (source,))
    return Forgotten(documents=len(chosen), chunks=before - count(connection, "chunks"), failures=len(failed))


def write_words_anew(connection: sqlite3.Connection) -> None:
    """Rebuild the full-text index, since its segments keep the words of deleted rows; part of one transaction."""
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
