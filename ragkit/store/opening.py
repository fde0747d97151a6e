"""From a folder to a store that may be used."""

from contextlib import ExitStack
from pathlib import Path

from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.fingerprints import require_same
from ragkit.store.index.base import Indexes
from ragkit.store.store import Store


def open_store(folder: Path, indexes: Indexes, *, fingerprint: str | None = None) -> Store:
    """Return the store of a folder. Without a fingerprint it can be looked after, not searched or written.

    A store of an older ragkit is brought to this one's schema first.

    Raises:
        StoreError: nothing was ingested here yet, or a newer ragkit wrote it.
        StoreLocked: it must be brought to this schema, and another process writes.
        StoreDamaged: its catalog can't be read.
        IndexMismatch: it was built with another embedder.
    """
    catalog = Catalog(folder)
    with ExitStack() as on_failure:
        on_failure.callback(catalog.close)
        if fingerprint is not None:
            require_same(catalog.meta()["fingerprint"], fingerprint, folder=folder)
        on_failure.pop_all()
    return Store(catalog, indexes, folder=folder, fingerprint=fingerprint)
