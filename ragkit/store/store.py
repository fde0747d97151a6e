"""The store: what was ingested, and the two ways to search it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragkit.documents import Document, Hit, Viewer
from ragkit.errors import StoreDamaged
from ragkit.filters import Filter
from ragkit.models.embedder import Vectors
from ragkit.store import exact, reading, writing
from ragkit.store.catalog import Catalog
from ragkit.store.conditions import ALWAYS, Condition
from ragkit.store.index import Finding, Indexes, VectorIndex
from ragkit.store.records import Entry, Summary
from ragkit.store.trusted import TrustedIndex
from ragkit.store.writing import Failure


class Store:
    """A folder with a catalog, and a vector index derived from it.

    Reading needs no lock and sees what other processes commit. Writing needs `with store.writing():`.
    `ragkit.open_workspace` opens one.
    """

    def __init__(
        self, catalog: Catalog, indexes: Indexes, *, folder: Path, failpoint: Callable[[str], None] = lambda _: None
    ) -> None:
        self.folder = folder
        self._catalog = catalog
        self._failpoint = failpoint
        self._index = TrustedIndex(catalog, indexes, folder=folder, failpoint=failpoint)
        self._tenant = catalog.meta("tenant")

    @property
    def owner(self) -> Viewer:
        """Who sees all of this store, whatever tenant it was made for."""
        return Viewer(tenant=self._tenant, owner=True)

    def nearest(self, vector: Vectors, *, limit: int, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the chunks whose vectors lie nearest, best first, with `dense_score` in `why`.

        The index is checked before its first answer. While it is damaged, or another process writes it, the catalog's
        own vectors answer: slower, and just as right.
        """
        condition = reading.readable(where, viewer, tenant=self._tenant)
        if condition != ALWAYS:
            with self._catalog.reading() as connection:
                found = reading.nearest_exact(connection, vector, limit, condition)
            if found is not None:
                return found
        index = self._index.usable()
        if index:
            try:
                return self._nearest_in(index, vector, limit, condition)
            except StoreDamaged:
                self._index.distrust()
        with self._catalog.reading() as connection:
            return exact.nearest(connection, vector, limit, condition)

    def matching(self, query: str, *, limit: int, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the chunks that share words with the query, best BM25 first, with `lexical_score` in `why`."""
        condition = reading.readable(where, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.matching(connection, query, limit, condition)

    def document(self, document_id: str, *, viewer: Viewer) -> Document | None:
        """Return a whole document; None if there is none, or the viewer may not read it."""
        condition = reading.readable(None, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.document(connection, document_id, condition)

    def documents(self, *, viewer: Viewer, where: Filter | None = None) -> list[Summary]:
        """Return what is stored, by source and uri."""
        condition = reading.readable(where, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.summaries(connection, condition)

    def span(self, document_id: str, start: int, end: int) -> str:
        """Return a stretch of a document's text, for chunks that the viewer was given already."""
        with self._catalog.reading() as connection:
            return reading.span(connection, document_id, start, end)

    def sources(self) -> list[str]:
        """Return the names of the sources that have documents here, sorted."""
        with self._catalog.reading() as connection:
            return reading.sources(connection)

    def revisions(self, source: str) -> dict[str, str]:
        """Return the revision of every stored document of a source, by uri."""
        with self._catalog.reading() as connection:
            return reading.revisions(connection, source)

    def failures(self, source: str | None = None) -> list[Failure]:
        """Return what could not be ingested, by source and uri."""
        with self._catalog.reading() as connection:
            return reading.failures(connection, source)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of the embedded texts have a vector already."""
        with self._catalog.reading() as connection:
            return reading.known(connection, keys)

    def stats(self) -> reading.Stats:
        """Return counts and sizes; `indexed` is what the vector index holds."""
        indexed = self._index.indexed()
        with self._catalog.reading() as connection:
            return reading.stats(connection, self.folder, indexed=indexed)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer for the block.

        Raises:
            StoreLocked: somebody else is.
        """
        with self._index.session():
            yield

    def replace(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store documents with their chunks, each instead of its earlier self; returns when they can be found.

        `vectors` holds those that `known` did not. The order makes every crash harmless: the intent is written
        first, then the index, then the catalog, which alone decides what exists.
        """
        with self._catalog.writing() as connection:
            fresh = writing.prepare(connection, entries, vectors)
        self._failpoint("after prepare")
        self._index.upsert(fresh.ids, fresh.vectors)
        self._failpoint("after upsert")
        with self._catalog.writing() as connection:
            for entry in entries:
                writing.commit(connection, entry)
            writing.settle(connection)
        self._failpoint("after commit")

    def remove(self, source: str, uris: Sequence[str]) -> int:
        """Forget documents and return how many there were."""
        with self._catalog.writing() as connection:
            return writing.remove(connection, source, uris)

    def record(self, failures: Sequence[Failure]) -> None:
        """Remember what could not be ingested, so that it is not tried again until it changes."""
        with self._catalog.writing() as connection:
            writing.record(connection, failures)

    def record_run(self, source: str, report: Mapping[str, object]) -> None:
        """Keep the report of a finished run."""
        with self._catalog.writing() as connection:
            writing.record_run(connection, source, json.dumps(report))

    def rebuild(self) -> int:
        """Build the index anew from the catalog's vectors, beside the one in use, and swap; return how many it has."""
        return self._index.rebuild()

    def examine(self) -> Finding:
        """Compare the whole index with the catalog, in a child process, and return what is wrong with it.

        Raises:
            StoreLocked: another process writes.
        """
        return self._index.examine()

    def close(self) -> None:
        """Close the catalog's connections."""
        self._catalog.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _nearest_in(self, index: VectorIndex, vector: Vectors, limit: int, condition: Condition) -> list[Hit]:
        if condition == ALWAYS:
            # What the catalog does not know is dropped, so a few more are asked for.
            found = index.nearest(vector, limit=limit + limit // 4)
            with self._catalog.reading() as connection:
                return reading.hits(connection, found, condition)[:limit]
        with self._catalog.reading() as connection:
            return reading.nearest_among(connection, index, vector, limit, condition)
