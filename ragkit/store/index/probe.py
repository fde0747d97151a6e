"""Compare a vector index with the catalog: the same ids, and each vector reachable by searching for it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import unpack
from ragkit.store.catalog.waiting import EMBEDDED
from ragkit.store.index.base import Finding, VectorIndex

# How like itself a stored vector must be. Float32 and Chroma's own normalisation leave about 1e-6.
_SAME = 0.9999
# One by one they take Chroma four times as long.
_AT_ONCE = 100


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
    ids, vectors = [row for row, _ in sample], unpack([blob for _, blob in sample])
    # The graph is searched approximately: what a narrow search misses gets a wide one.
    missed = _missed(index, ids, vectors, range(len(ids)), limit=10)
    lost = len(_missed(index, ids, vectors, missed, limit=1000))
    return Finding(indexed=indexed, fault=f"{lost} of {len(sample)} vectors can't be reached" if lost else "")


def _missed(
    index: VectorIndex, ids: Sequence[str], vectors: Vectors, places: Sequence[int], *, limit: int
) -> list[int]:
    """Return those of the places whose vectors are not found by searching for them."""
    missed: list[int] = []
    for start in range(0, len(places), _AT_ONCE):
        asked = places[start : start + _AT_ONCE]
        found = index.nearest(vectors[asked], limit=limit)
        missed += [place for place, each in zip(asked, found, strict=True) if not _is_among(each, ids[place], limit)]
    return missed


def _is_among(found: Sequence[tuple[str, float]], row: str, limit: int) -> bool:
    # More equal vectors than were asked for: any of them stands for all.
    return dict(found).get(row, 0.0) > _SAME or (len(found) == limit and found[-1][1] > _SAME)
