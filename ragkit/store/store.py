"""The store: what was ingested, and the two ways to search it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragkit.documents import Chunk, Document, Hit, Viewer
from ragkit.filters import Filter
from ragkit.models.embedder import Vectors
from ragkit.store import reading, writing
from ragkit.store.candidates import NOTHING, Candidates
from ragkit.store.catalog import Catalog
from ragkit.store.fingerprints import require_same
from ragkit.store.forgetting import Forgotten, forget, write_words_anew
from ragkit.store.index import Finding, Indexes
from ragkit.store.records import Entry, Summary
from ragkit.store.search import Search
from ragkit.store.successor import FOLDER, discard_successor, successor_catalog, take_over
from ragkit.store.trusted import TrustedIndex
from ragkit.store.writing import Failure


class Store:
    """A folder with a catalog, and a vector index derived from it.

    Reading needs no lock and sees what other processes commit. Writing needs `with store.writing():`. With a
    `fingerprint` no vector is compared or stored once the store has another, be it given while this one is open.
    `open_store` opens one.
    """

    def __init__(
        self,
        catalog: Catalog,
        indexes: Indexes,
        *,
        folder: Path,
        fingerprint: str | None = None,
        failpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self._catalog = catalog
        self._indexes = indexes
        self._fingerprint = fingerprint
        self._failpoint = failpoint
        self._index = TrustedIndex(catalog, indexes, folder=folder, failpoint=failpoint)
        self._search = Search(catalog, self._index, folder=folder, require_own=self._require_own)
        self._tenant = catalog.meta("tenant")

    @property
    def owner(self) -> Viewer:
        """Who sees all of this store, whatever tenant it was made for."""
        return Viewer(tenant=self._tenant, owner=True)

    def nearest(self, vector: Vectors, *, limit: int, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the chunks whose vectors lie nearest, best first, with `dense_score` in `why`.

        The index is checked before its first answer. While it is damaged, or another process writes it, and whenever
        there is a filter or a viewer to heed, the catalog's own vectors answer, from memory.

        Raises:
            IndexMismatch: the store has got vectors of another embedder.
        """
        wanted = self._search.wanted(where, viewer)
        return self._search.nearest(vector, limit, wanted) if wanted else []

    def matching(self, query: str, *, limit: int, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the chunks that share words with the query, best BM25 first, with `lexical_score` in `why`."""
        wanted = self._search.wanted(where, viewer)
        return self._search.matching(query, limit, wanted) if wanted else []

    def candidates(
        self,
        query: str,
        vector: Vectors,
        *,
        limit: int,
        where: Filter | None = None,
        viewer: Viewer,
        also: Sequence[int] = (),
    ) -> Candidates:
        """Return the `limit` nearest chunks and the `limit` best by words, each with both scores, for `read`.

        The rows in `also` come with them, wherever they stand, if the filter and the viewer admit them.

        Raises:
            IndexMismatch: the store has got vectors of another embedder.
        """
        wanted = self._search.wanted(where, viewer)
        return self._search.candidates(query, vector, limit, wanted, also=also) if wanted else NOTHING

    def with_words(self, words: Sequence[str], *, where: Filter | None = None, viewer: Viewer) -> list[int]:
        """Return the rows of chunks that have these words side by side, best first, at most `phrases.MOST`.

        Endings, case and the marks between the words make no difference: `read` them to see what stands there.
        """
        wanted = self._search.wanted(where, viewer)
        return self._search.with_words(words, wanted) if wanted else []

    def near_words(
        self, word: str, *, distance: int, where: Filter | None = None, viewer: Viewer
    ) -> Iterator[tuple[str, int, int]]:
        """Yield words of chunks that so many slips of the pen turn into this one, the nearest first.

        With each come the number of slips and how many chunks have it, up to `phrases.ENOUGH`; a word that stands in
        no chunk that the filter and the viewer admit does not come.
        """
        wanted = self._search.wanted(where, viewer)
        for near, slips in self._search.near_words(word, distance) if wanted else ():
            if wanted and (count := self._search.count_with(near, wanted)):
                yield near, slips, count

    def read(self, rows: Sequence[int], *, where: Filter | None = None, viewer: Viewer) -> dict[int, Chunk]:
        """Return the chunks of candidates by their rows, in the order asked for.

        What is gone since, or the filter or the viewer does not admit, is left out.
        """
        wanted = self._search.wanted(where, viewer)
        return self._search.read(rows, wanted) if wanted else {}

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

    def documents_with(self, words: Sequence[str], *, where: Filter | None = None, viewer: Viewer) -> set[str]:
        """Return the ids of the documents of which one chunk has all the words, whatever their endings."""
        wanted = self._search.wanted(where, viewer)
        return self._search.documents_with(words, wanted) if wanted else set()

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

        Raises:
            IndexMismatch: the store has got vectors of another embedder.
            StoreFull: the disk took no more.
        """
        with self._catalog.writing() as connection:
            self._require_own(reading.fingerprint(connection))
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

    def forget(self, where: Filter) -> Forgotten:
        """Delete the documents that a filter selects, whole, and what had failed of them; nothing finds them again.

        Their bytes stay in the store's files until `compact`, and their source brings them back if it still has them.
        """
        with self._catalog.writing() as connection:
            return forget(connection, where)

    def compact(self) -> None:
        """Write catalog and index anew, so that no byte of what was deleted is left; within `writing`.

        Raises:
            StoreFull: there is no room for a second copy, which this needs for a while.
            StoreError: somebody is in the middle of reading.
        """
        discard_successor(self.folder, self._indexes)
        with self._catalog.writing() as connection:
            write_words_anew(connection)
            # The new index never has them.
            writing.forget_stale(connection)
        # First, so that whoever builds the index reads a file without remains.
        self._catalog.compact()
        self._index.rebuild(apart=True)

    def record(self, failures: Sequence[Failure]) -> None:
        """Remember what could not be ingested, so that it is not tried again until it changes."""
        with self._catalog.writing() as connection:
            writing.record(connection, failures)

    def record_run(self, source: str, report: Mapping[str, object]) -> None:
        """Keep the report of a finished run."""
        with self._catalog.writing() as connection:
            writing.record_run(connection, source, json.dumps(report))

    @contextmanager
    def successor(self, fingerprint: str) -> Iterator["Store"]:
        """Open the store that is being built beside this one for another fingerprint; within `writing`.

        It is kept after the block, half-built or not, until `give_way` or a successor for another fingerprint.
        """
        catalog = successor_catalog(self.folder, self._indexes, fingerprint=fingerprint)
        folder = self.folder / FOLDER
        with Store(
            catalog, self._indexes, folder=folder, fingerprint=fingerprint, failpoint=self._failpoint
        ) as successor:
            yield successor

    def give_way(self, successor: "Store") -> None:
        """Take over the chunks, vectors and index of the successor, in one commit; within `writing`."""
        self._failpoint("before giving way")
        with successor._catalog.reading() as connection:
            index = {key: successor._catalog.meta(key) for key in ("collection", "seal")}
            self._index.swap(index["collection"], seal=index["seal"], take_over=lambda own: take_over(own, connection))
        self._failpoint("after giving way")
        self._fingerprint = None if self._fingerprint is None else successor._fingerprint
        discard_successor(self.folder, self._indexes)

    def mend(self) -> None:
        """Examine the index if its last writer was killed, and build it anew if it is not whole; within `writing`."""
        self._index.mend()

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
        self._search.close()
        self._catalog.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_own(self, fingerprint: str) -> None:
        if self._fingerprint is not None:
            require_same(fingerprint, self._fingerprint, folder=self.folder)
