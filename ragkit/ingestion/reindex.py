"""Build a store's chunks and vectors anew, for another embedder or another size, while the old ones serve."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ragkit.ingestion.indexing import batches, cut, fill, put
from ragkit.models.embedding.embedder import Embedder
from ragkit.store.catalog.records import Entry
from ragkit.store.store import Store


@dataclass(frozen=True, kw_only=True)
class ReindexReport:
    """What was built. `resumed` counts the documents that an interrupted run had done before."""

    documents: int
    chunks: int
    embedded: int
    resumed: int


@dataclass(kw_only=True)
class Reindex:
    """Gives a store the vectors of another embedder, or chunks of at most `chunk_tokens` (0: the embedder's window).

    `on_progress` gets how many documents are done, and of how many. Nothing is fetched or parsed. A run that was
    killed goes on where it was; until the last commit every reader has the old vectors, from then on the new ones.
    """

    store: Store
    embedder: Embedder
    fingerprint: str
    chunk_tokens: int = 0
    on_progress: Callable[[int, int], None] = field(default=lambda _done, _total: None)

    def run(self) -> ReindexReport:
        """Build, swap, and return what was done.

        Raises:
            StoreLocked: another process writes.
            ModelUnavailable: the embedder does not work; what is built by then is kept for the next run.
        """
        if self.store.stats().fingerprint == self.fingerprint:
            return self._filled()
        with self.store.writing(), self.store.successor(self.fingerprint) as successor:
            with successor.writing():
                report = self._fill(successor)
                successor.mend()
            self.store.give_way(successor)
        return report

    def _filled(self) -> ReindexReport:
        """Leave alone what has its vectors."""
        embedded = 0
        if self.store.count_unembedded():
            with self.store.writing():
                embedded = fill(self.store, self.embedder).embedded
        found = self.store.stats()
        return ReindexReport(documents=found.documents, chunks=found.chunks, embedded=embedded, resumed=found.documents)

    def _fill(self, successor: Store) -> ReindexReport:
        wanted = {row.id: row for row in self.store.documents(viewer=self.store.owner)}
        for row in successor.documents(viewer=successor.owner):
            if row.id not in wanted:
                successor.remove(row.source, [row.uri])
        stale = [identity for identity in wanted if not self._has(successor, identity)]
        done = resumed = len(wanted) - len(stale)
        embedded = 0
        for batch in batches(self._cut(stale)):
            embedded += put(batch, store=successor, embedder=self.embedder)
            done += len(batch)
            self.on_progress(done, len(wanted))
        chunks = successor.stats().chunks
        return ReindexReport(documents=len(wanted), chunks=chunks, embedded=embedded, resumed=resumed)

    def _has(self, successor: Store, identity: str) -> bool:
        of_successor = successor.document(identity, viewer=successor.owner)
        return of_successor is not None and of_successor == self.store.document(identity, viewer=self.store.owner)

    def _cut(self, identities: list[str]) -> Iterator[Entry]:
        for identity in identities:
            document = self.store.document(identity, viewer=self.store.owner)
            if document:
                yield cut(document, self.embedder, chunk_tokens=self.chunk_tokens)
