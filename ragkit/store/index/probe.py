"""Compare a vector index with the catalog: the same ids, and each vector reachable by searching for it."""

from contextlib import closing
from pathlib import Path

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import unpack
from ragkit.store.catalog.waiting import EMBEDDED
from ragkit.store.index.base import Finding, VectorIndex

# How like itself a stored vector must be. Float32 and Chroma's own normalisation leave about 1e-6.
_SAME = 0.9999


def examine(index: VectorIndex, folder: Path, *, most: int) -> Finding:
    """Compare the index with the catalog in `folder`; of a larger store only `most` vectors are searched for.

    What the index is still to get or to lose is no fault: the catalog lists it, and the next writer sees to it.

    Raises:
        StoreDamaged: the index can't be read.
    """
    with closing(Catalog(folder)) as catalog, catalog.reading() as connection:
        known = {row for (row,) in connection.execute(f"SELECT c.id FROM chunks c WHERE {EMBEDDED}")}
        listed = {row for (row,) in connection.execute("SELECT id FROM pending UNION SELECT id FROM garbage")}
        sample = connection.execute(
            # Ids are hashes, so their order is as good as a random one.
            "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector_id WHERE v.vector <> x'' "
            "AND c.id NOT IN (SELECT id FROM pending) ORDER BY c.id LIMIT ?",
            (most,),
        ).fetchall()
    held = index.ids()
    indexed = len(known & held)
    if missing := len(known - held - listed):
        return Finding(indexed=indexed, fault=f"{missing} of {len(known)} chunks are not in it")
    if extra := len(held - known - listed):
        return Finding(indexed=indexed, fault=f"it holds {extra} chunks that nobody stored")
    vectors = unpack([blob for _, blob in sample])
    lost = sum(not _is_reachable(index, row, vector) for (row, _), vector in zip(sample, vectors, strict=True))
    return Finding(indexed=indexed, fault=f"{lost} of {len(sample)} vectors can't be reached" if lost else "")


def _is_reachable(index: VectorIndex, row: str, vector: Vectors) -> bool:
    # The graph is searched approximately: what a narrow search misses gets a wide one.
    for limit in (10, 1000):
        found = index.nearest(vector, limit=limit)
        if dict(found).get(row, 0.0) > _SAME:
            return True
        if len(found) == limit and found[-1][1] > _SAME:
            # More equal vectors than were asked for: any of them stands for all.
            return True
    return False
