"""Search by comparing with every vector of the catalog: always right, and slower the larger the store."""

import heapq
import sqlite3

from ragkit.documents import Hit
from ragkit.models.embedding.embedder import Vectors
from ragkit.store import on_disk
from ragkit.store.catalog.conditions import Condition
from ragkit.store.catalog.records import unpack

_BATCH = 4_000


def nearest(connection: sqlite3.Connection, vector: Vectors, limit: int, condition: Condition) -> list[Hit]:
    """Return the nearest chunks that the condition admits, best first, a batch of vectors in memory at a time."""
    sql, values = condition
    rows = connection.execute(
        "SELECT c.id, v.vector FROM chunks c JOIN documents d ON d.id = c.document_id "
        f"JOIN vectors v ON v.id = c.vector_id WHERE v.vector <> x'' AND ({sql})",
        values,
    )
    best: list[tuple[float, str]] = []
    while page := rows.fetchmany(_BATCH):
        scores = unpack([blob for _, blob in page]) @ vector
        best = heapq.nlargest(limit, [*best, *((float(s), row) for s, (row, _) in zip(scores, page, strict=True))])
    return on_disk.hits(connection, [(row, score) for score, row in best], condition)
