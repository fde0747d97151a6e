"""Search by comparing with every vector of the catalog: always right, and slower the larger the store."""

import heapq
import math
import sqlite3
from operator import itemgetter

from ragkit.documents import Hit
from ragkit.models.embedding.embedder import Vectors
from ragkit.store import on_disk
from ragkit.store.catalog.conditions import Condition
from ragkit.store.catalog.records import unpack

_BATCH = 4_000


def nearest(
    connection: sqlite3.Connection, vector: Vectors, limit: int, condition: Condition, *, most: float = math.inf
) -> list[Hit] | None:
    """Return the nearest chunks that the condition admits, best first; None if it admits more than `most`.

    A batch of vectors is in memory at a time.
    """
    sql, values = condition
    rows = connection.execute(
        "SELECT c.id, v.vector FROM chunks c JOIN documents d ON d.id = c.document_id "
        f"JOIN vectors v ON v.id = c.vector_id WHERE v.vector <> x'' AND ({sql})",
        values,
    )
    best: list[tuple[str, float]] = []
    left = most
    while page := rows.fetchmany(_BATCH):
        left -= len(page)
        if left < 0:
            return None
        ids, blobs = zip(*page, strict=True)
        scored = zip(ids, (unpack(blobs) @ vector).tolist(), strict=True)
        best = heapq.nlargest(limit, [*best, *scored], key=itemgetter(1))
    return on_disk.hits(connection, best, condition)
