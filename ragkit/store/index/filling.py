"""Filling a vector index from the catalog, which has every vector."""

from contextlib import closing
from pathlib import Path

from ragkit.store.catalog import reading
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.index.base import VectorIndex


def fill(index: VectorIndex, catalog: Catalog) -> int:
    """Write all vectors of a catalog into an index and return how many there were.

    Raises:
        StoreFull: the disk took no more.
    """
    total = 0
    with catalog.reading() as connection:
        for ids, vectors in reading.all_vectors(connection):
            index.upsert(ids, vectors)
            total += len(ids)
    return total


def fill_from(folder: Path, index: VectorIndex) -> int:
    """Do what `fill` does from the catalog of a folder."""
    with closing(Catalog(folder)) as catalog:
        return fill(index, catalog)
