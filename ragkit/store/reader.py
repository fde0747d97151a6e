"""What is in a store, for those who search and list it."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from ragkit.documents import Chunk, Document, Hit, Value, Viewer
from ragkit.filters import Filter
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.candidates import NOTHING, Candidates
from ragkit.store.catalog import phrases, reading, waiting
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.conditions import readable
from ragkit.store.catalog.fingerprints import require_same
from ragkit.store.catalog.records import Summary
from ragkit.store.catalog.writing import Failure
from ragkit.store.index.base import Indexes
from ragkit.store.index.trusted import TrustedIndex
from ragkit.store.search import Search


class Reader:
    """Searches and lists a store. It needs no lock and sees what other processes commit."""

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
        self._tenant = catalog.tenant

    @property
    def owner(self) -> Viewer:
        """Who sees all of this store, whatever tenant it was made for."""
        return Viewer(tenant=self._tenant, owner=True)

    @property
    def secret(self) -> bytes:
        """What no document can know: random when the store was made, the same in every process until a reindex."""
        return hashlib.sha256(self._catalog.meta()["collection"].encode()).digest()

    def prepare(self) -> None:
        """Read into memory what searches need, so that the first one need not wait for it.

        One that comes meanwhile is answered as soon as without. Common words are read behind it, in the background.

        Raises:
            IndexMismatch: the store has got vectors of another embedder.
        """
        self._search.prepare()

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
        condition = readable(where, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return phrases.rows_with(connection, words, condition)

    def near_words(
        self, word: str, *, distance: int, where: Filter | None = None, viewer: Viewer
    ) -> Iterator[tuple[str, int, int]]:
        """Yield words of chunks that so many slips of the pen turn into this one, the nearest first.

        With each come the number of slips and how many chunks have it, up to `phrases.ENOUGH`; a word that stands in
        no chunk that the filter and the viewer admit does not come.
        """
        wanted = self._search.wanted(where, viewer)
        yield from self._search.near_words(word, distance, wanted) if wanted else ()

    def read(self, rows: Sequence[int], *, where: Filter | None = None, viewer: Viewer) -> dict[int, Chunk]:
        """Return the chunks of candidates by their rows, in the order asked for.

        What is gone since, or the filter or the viewer does not admit, is left out.
        """
        wanted = self._search.wanted(where, viewer)
        return self._search.read(rows, wanted) if wanted else {}

    def sample(self, count: int, *, viewer: Viewer) -> list[Chunk]:
        """Return chunks that the viewer may read from all over the store, at most `count`, in the order of their rows.

        The same ones until something is stored or removed; none where there are too many for memory.
        """
        wanted = self._search.wanted(None, viewer)
        return self._search.sample(count, wanted) if wanted else []

    def document(self, document_id: str, *, viewer: Viewer) -> Document | None:
        """Return a whole document; None if there is none, or the viewer may not read it."""
        condition = readable(None, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.document(connection, document_id, condition)

    def documents(self, *, viewer: Viewer, where: Filter | None = None) -> list[Summary]:
        """Return what is stored, by source and uri."""
        condition = readable(where, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.summaries(connection, condition)

    def values(self, field: str, *, viewer: Viewer) -> list[Value]:
        """Return the values that a field has in documents, sorted; chunks alone have `heading` and `page`."""
        condition = readable(None, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return reading.values(connection, field, condition)

    def documents_with(self, words: Sequence[str], *, where: Filter | None = None, viewer: Viewer) -> set[str]:
        """Return the ids of the documents of which one chunk has all the words, whatever their endings."""
        condition = readable(where, viewer, tenant=self._tenant)
        with self._catalog.reading() as connection:
            return phrases.documents_with(connection, words, condition)

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

    def outdated(self, source: str, parsers: Collection[str]) -> set[str]:
        """Return the uris of a source's documents that none of these parsers has read."""
        with self._catalog.reading() as connection:
            return reading.outdated(connection, source, parsers)

    def last_run(self, source: str) -> Mapping[str, object]:
        """Return what `record_run` has kept of the last finished run of a source; nothing before the first."""
        with self._catalog.reading() as connection:
            return reading.last_run(connection, source)

    def failures(self, source: str | None = None) -> list[Failure]:
        """Return what could not be ingested, by source and uri."""
        with self._catalog.reading() as connection:
            return reading.failures(connection, source)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of the embedded texts have a vector already."""
        with self._catalog.reading() as connection:
            return waiting.known(connection, keys)

    def require_whole(self) -> None:
        """Read the whole catalog, 500 MB in seconds.

        Raises:
            StoreDamaged: it has a fault; the message has what helps.
        """
        self._catalog.require_whole()

    def stats(self) -> reading.Stats:
        """Return counts and sizes; `indexed` is what the vector index holds."""
        indexed = self._index.indexed()
        with self._catalog.reading() as connection:
            return reading.stats(connection, self.folder, indexed=indexed)

    def unembedded(self) -> list[str]:
        """Return the keys of the texts that wait for their vectors, in the order in which they came."""
        with self._catalog.reading() as connection:
            return waiting.keys(connection)

    def count_unembedded(self) -> int:
        """Return how many chunks wait for their vectors."""
        with self._catalog.reading() as connection:
            return waiting.count(connection)

    def waiting(self, keys: Sequence[str]) -> dict[str, Chunk]:
        """Return a chunk for each of these texts, as far as they still wait."""
        with self._catalog.reading() as connection:
            return waiting.texts(connection, keys)

    def close(self) -> None:
        """Close the catalog's connections."""
        self._search.close()
        self._catalog.close()

    def _require_own(self, fingerprint: str) -> None:
        if self._fingerprint is not None:
            require_same(fingerprint, self._fingerprint, folder=self.folder)
