"""Folders of files that change, a store that follows them through its crashes, and what it should then hold."""

import copy
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from ragkit.documents import Chunk, Document, Hit, Listing, Resource, Viewer, stable_id
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.ingestion.ingest import Ingest, IngestReport
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.index.base import Indexes
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, MemoryIndexes, PlainParser, WordEmbeddings

OWNER = Viewer.local()
FACTS = range(10)
# Small enough that the long sections are cut in two.
WINDOW = 24
POISON = "poison"
SAME = 0.9999
# All but `runs`, of which every sync adds one.
TABLES = ("documents", "chunks", "words", "vectors", "failures", "pending", "garbage", "meta")


def text(facts: Iterable[int]) -> str:
    """Return a file with a section a fact, each with a word that no other fact has. Odd facts are long."""
    return "\n\n".join(f"# Notes\n\nThe fact{n} is told." + f" More of {n} follows now." * 6 * (n % 2) for n in facts)


class Files(MemoryConnector):
    """A folder in which some files can't be parsed."""

    def fetch(self, listing: Listing) -> Resource:
        resource = super().fetch(listing)
        return replace(resource, body=b"\xff") if resource.body.startswith(POISON.encode()) else resource


@dataclass(frozen=True)
class Held:
    """A document as a store has to hold it."""

    document: Document
    chunks: tuple[Chunk, ...]

    @property
    def keys(self) -> list[str]:
        """The hashes of the embedded texts."""
        return [stable_id(embedded_text(chunk)) for chunk in self.chunks]

    @property
    def ids(self) -> list[str]:
        """The ids in the vector index."""
        return list(Entry(document=self.document, chunks=self.chunks, keys=self.keys).ids)


@cache
def held(source: str, uri: str, body: str) -> Held:
    """Return what a store has to hold of a file."""
    resource = Files({uri: body}).fetch(Listing(uri=uri, revision=stable_id(body), title=uri))
    document = PlainParser().parse(resource, source=source)
    count = WordEmbeddings(window=WINDOW).count_tokens
    return Held(document, tuple(chunk_document(document, window=WINDOW, count_tokens=count)))


@cache
def probes() -> dict[str, Vectors]:
    """Return the vector of every text that can ever be embedded."""
    texts = sorted({embedded_text(chunk) for n in FACTS for chunk in held("", "", text([n])).chunks})
    return dict(zip(texts, WordEmbeddings(window=WINDOW).embed_documents(texts), strict=True))


def shown(store: Store) -> dict[str, object]:
    """Return all that a store can be made to show: documents, and the chunks found by each word and each vector."""
    rows = store.documents(viewer=OWNER)
    most = sum(row.chunks for row in rows) + 1
    return {
        "documents": [store.document(row.id, viewer=OWNER) for row in rows],
        "by word": {n: _ordered(store.matching(f"fact{n}", limit=most, viewer=OWNER)) for n in FACTS},
        "by vector": {
            embedded: _ordered(hit for hit in store.nearest(vector, limit=most, viewer=OWNER) if hit.score > SAME)
            for embedded, vector in probes().items()
        },
    }


def wanted(documents: Iterable[Held], *, waiting: Collection[str] = ()) -> dict[str, object]:
    """Return what `shown` has to return; what waits for its vector is found by words alone."""
    ordered = sorted(documents, key=lambda each: (each.document.source, each.document.uri))
    chunks = [chunk for each in ordered for chunk in each.chunks]
    return {
        "documents": [each.document for each in ordered],
        "by word": {n: _sorted(chunk for chunk in chunks if f"fact{n} " in chunk.text) for n in FACTS},
        "by vector": {
            embedded: _sorted(
                chunk for chunk in chunks if embedded_text(chunk) == embedded and stable_id(embedded) not in waiting
            )
            for embedded in probes()
        },
    }


def ranked(store: Store) -> list[list[tuple[float, str, int]]]:
    """Return what each word and each vector finds, with its scores."""
    found = [store.matching(f"notes fact{n}", limit=100, viewer=OWNER) for n in FACTS]
    found += [store.nearest(vector, limit=100, viewer=OWNER) for vector in probes().values()]
    # Equal scores have no order.
    return [sorted((round(hit.score, 4), hit.chunk.document_id, hit.chunk.ordinal) for hit in hits) for hits in found]


def _ordered(hits: Iterable[Hit]) -> list[Chunk]:
    return _sorted(hit.chunk for hit in hits)


def _sorted(chunks: Iterable[Chunk]) -> list[Chunk]:
    return sorted(chunks, key=lambda chunk: (chunk.document_id, chunk.ordinal))


class Place(Protocol):
    """Where the indexes of a store's folder lie, and how a copy of the folder comes by its own."""

    def indexes(self, folder: Path) -> Indexes: ...

    def copied(self) -> "Place": ...


class InMemory:
    """Outlives the store objects, as a disk would."""

    def __init__(self, made: MemoryIndexes | None = None) -> None:
        self._made = made or MemoryIndexes()

    def indexes(self, folder: Path) -> MemoryIndexes:
        return self._made

    def copied(self) -> "InMemory":
        return InMemory(copy.deepcopy(self._made))


class InFolder:
    """Chroma, which flushes often."""

    def indexes(self, folder: Path) -> FolderIndexes:
        return FolderIndexes(folder / "index", partial(ChromaIndex, sync_threshold=10))

    def copied(self) -> "InFolder":
        return self


class Crash(BaseException):
    """What an armed failpoint raises; nothing catches it by accident."""


class Life:
    """A store that goes on after each crash. `embedder` counts over all of it."""

    def __init__(self, room: Path, place: Place) -> None:
        self._room = room
        self.place = place
        self._left: tuple[Path, Place] | None = None
        self._crashes: tuple[str, int, bool] | None = None
        self._kills = 0
        self.embedder = WordEmbeddings(window=WINDOW)
        self.folder = room / "store"
        Catalog.create(self.folder, fingerprint="words", tenant="local").close()
        self._open()

    def sync(self, files: Files) -> IngestReport:
        return Ingest(store=self.store, parser=PlainParser(), embedder=self.embedder).sync(files)

    def rebuild(self) -> None:
        with self.store.writing():
            self.store.rebuild()

    def reopen(self) -> None:
        self.store.close()
        self._open()

    def crashed(self, work: Callable[[], object], *, at: str, times: int, killed: bool) -> bool:
        """Work until a step has been passed so many times; return whether it was.

        A crash is raised through the store, which tidies up as after Ctrl-C. When killed, the store goes on from a
        copy of what lay on disk at that step.
        """
        self._crashes, self._left = (at, times, killed), None
        try:
            work()
        except Crash:
            self.store.close()
            if self._left:
                shutil.rmtree(self.folder)
                self.folder, self.place = self._left
            self._open()
            return True
        finally:
            self._crashes = None
        return False

    def content(self) -> list[object]:
        """Return every row of the catalog but the reports of runs."""
        with self._catalog.reading() as connection:
            return [sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=str) for table in TABLES]

    def indexed(self) -> set[str]:
        """Return the ids in the index that the catalog names."""
        return self._indexes.open(self._catalog.meta()["collection"]).ids()

    def _open(self) -> None:
        self._catalog = Catalog(self.folder)
        self._indexes = self.place.indexes(self.folder)
        self.store = Store(self._catalog, self._indexes, folder=self.folder, failpoint=self._pass)

    def _pass(self, step: str) -> None:
        if not self._crashes or self._crashes[0] != step:
            return
        at, times, killed = self._crashes
        self._crashes = (at, times - 1, killed)
        if times > 1:
            return
        if killed:
            self._kills += 1
            folder = self._room / f"store-{self._kills}"
            shutil.copytree(self.folder, folder)
            self._left = (folder, self.place.copied())
        raise Crash(step)
