"""The store: what was ingested, and the two ways to search it."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace

from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog import reading, waiting, writing
from ragkit.store.catalog.journal import Journal
from ragkit.store.catalog.migration import copies
from ragkit.store.catalog.recorded import forget_orphans, forget_records
from ragkit.store.catalog.records import Entry
from ragkit.store.catalog.writing import Failure
from ragkit.store.forgetting import Forgotten, forget, write_words_anew
from ragkit.store.index.base import Finding
from ragkit.store.reader import Reader
from ragkit.store.successor import FOLDER, discard_successor, successor_catalog, take_over


class Store(Reader):
    """A folder with a catalog, and a vector index derived from it.

    Reading needs no lock and sees what other processes commit. Writing needs `with store.writing():`. With a
    `fingerprint` no vector is compared or stored once the store has another, be it given while this one is open.
    `open_store` opens one.
    """

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

        Of a document that is there twice the last one counts. A chunk whose vector is neither in `vectors` nor `known`
        is found by words alone. It waits for a later call that brings its vector, with entries or without. All of it
        is one transaction of the catalog, which alone decides what exists, and which lists what the index is to get.

        Raises:
            IndexMismatch: the store has got vectors of another embedder.
            StoreFull: the disk took no more.
        """
        entries = list({entry.document.id: entry for entry in entries}.values())
        self._failpoint("before commit")
        with self._catalog.writing() as connection:
            self._require_own(reading.fingerprint(connection))
            fresh = writing.put(connection, entries, vectors)
        self._failpoint("after commit")
        self._index.follow(fresh)

    def remove(self, source: str, uris: Sequence[str]) -> int:
        """Forget documents and return how many there were."""
        with self._catalog.writing() as connection:
            return writing.remove(connection, source, uris)

    def forget(self, where: Filter) -> Forgotten:
        """Delete the documents that a filter selects, whole, and what had failed of them; nothing finds them again.

        Records of answers that rest on them go first: without the documents nobody could tell which those are. Their
        bytes stay in the store's files until `compact`, and their source brings them back if it still has them.
        """
        with self._catalog.writing() as connection:
            records = forget_records(Journal(self.folder), connection, where)
            return replace(forget(connection, where), records=records)

    def compact(self) -> None:
        """Write catalog and index anew, so that no byte of what was deleted is left; within `writing`.

        Raises:
            StoreFull: there is no room for a second copy, which this needs for a while.
            StoreError: somebody is in the middle of reading.
        """
        discard_successor(self.folder, self._indexes)
        for copy in copies(self.folder):
            copy.unlink()
        with self._catalog.writing() as connection:
            write_words_anew(connection)
            # The new index never has them.
            writing.forget_stale(connection)
            forget_orphans(Journal(self.folder), connection)
        # First, so that whoever builds the index reads a file without remains.
        self._catalog.compact()
        Journal(self.folder).compact()
        self._index.rebuild(apart=True)

    def admit(self, source: str, access: Mapping[str, Set[str]]) -> set[str]:
        """Let these groups, and no others, read a source's documents, by uri; return the uris for which that is new."""
        with self._catalog.writing() as connection:
            return writing.admit(connection, source, access)

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
            meta = successor._catalog.meta()
            seal = meta.get("seal", "")
            self._index.swap(meta["collection"], seal=seal, take_over=lambda own: take_over(own, connection))
        self._failpoint("after giving way")
        self._fingerprint = None if self._fingerprint is None else successor._fingerprint
        discard_successor(self.folder, self._indexes)

    def mend(self) -> None:
        """Examine the index if its last writer was killed, and build it anew if it is not whole; within `writing`."""
        self._index.mend()

    def rebuild(self) -> int:
        """Build what is derived from the catalog anew, the index of vectors beside the old one; return how many it has.

        A vector that is gone or broken waits for `replace` from then on.
        """
        with self._catalog.writing() as connection:
            writing.make_parts_anew(connection)
            write_words_anew(connection)
            waiting.await_broken(connection)
        return self._index.rebuild()

    def examine(self) -> Finding:
        """Compare the whole index with the catalog, in a child process, and return what is wrong with it.

        Raises:
            StoreLocked: another process writes.
        """
        return self._index.examine()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
