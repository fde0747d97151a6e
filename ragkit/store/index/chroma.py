"""Vectors in an embedded Chroma: the only home of chromadb.

Only ids and vectors are kept there. Text, metadata and permissions stay in the catalog: Chroma never holds a readable
word, and an insert costs a quarter of one with documents. The folders are in
`chroma_folders`, the same on a server in `chroma_server`.
"""

import logging
import re
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chromadb.api import ServerAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings, System
from chromadb.errors import ChromaError

from ragkit.errors import StoreDamaged, StoreError
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.damage import repair_command
from ragkit.store.catalog.room import full, is_short
from ragkit.store.index.base import NEIGHBOURS
from ragkit.store.index.seal import cut_short

_log = logging.getLogger(__name__)
# SQLITE_FULL and SQLITE_IOERR with its kinds, and the system's ENOSPC, EFBIG and EDQUOT, as Chroma's errors quote them.
_NO_ROOM = re.compile(r"\(code: (13|10|266|522|778|1034|1290|1546|4874)\)|os error (28|27|122)\b")


class ChromaIndex:
    """One collection of a Chroma database. Several may be open at once in one process."""

    def __init__(
        self, location: Path, *, collection: str, sync_threshold: int = 1000, store: Path | None = None
    ) -> None:
        self._location = location
        self._name = collection
        self._store = store or location
        self._configuration = CreateCollectionConfiguration(
            hnsw={"space": "cosine", "ef_search": NEIGHBOURS, "sync_threshold": sync_threshold}
        )
        self.reopen()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Write in batches that Chroma takes; see `VectorIndex.upsert`."""
        for start in range(0, len(ids), self._batch):
            stop = start + self._batch
            with _translated(self._location, self._store, writes=True):
                self._collection.upsert(ids=list(ids[start:stop]), embeddings=vectors[start:stop])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove in batches that Chroma takes."""
        for start in range(0, len(ids), self._batch):
            with _translated(self._location, self._store, writes=True):
                self._collection.delete(ids=list(ids[start : start + self._batch]))

    def nearest(self, vectors: Vectors, *, limit: int) -> list[list[tuple[str, float]]]:
        """Return ids with their cosine similarity, best first. A hundred vectors at once take a quarter of the time.

        Raises:
            StoreDamaged: Chroma can't read its own files.
        """
        with _translated(self._location, self._store):
            found = self._collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
        pairs = zip(found["ids"], found["distances"] or [], strict=True)
        return [[(row, 1.0 - far) for row, far in zip(ids, distances, strict=True)] for ids, distances in pairs]

    def ids(self) -> set[str]:
        """Return every id, read a page at a time."""
        found: set[str] = set()
        with _translated(self._location, self._store):
            while page := self._collection.get(include=[], limit=self._batch, offset=len(found))["ids"]:
                found.update(page)
        return found

    def reopen(self) -> None:
        """Open the database again: an embedded Chroma does not see the vectors that another process wrote.

        Whoever is searching in another thread finishes with the database as it was.
        """
        with _translated(self._location, self._store):
            # Not by a client: chromadb keeps those by path for the life of the process, over deleted files, too, and
            # can only forget all of them at once, those of other stores and other programs included.
            system = System(_settings(self._location))
            database = system.instance(ServerAPI)  # type: ignore[type-abstract]  # it looks up who implements it
            system.start()
            model = database.create_collection(self._name, configuration=self._configuration, get_or_create=True)
            # Chroma would build the embedding functions that are named here, from a file that anybody may have written.
            model.serialized_schema = None
            self._batch = database.get_max_batch_size()
            self._collection = Collection(database, model, embedding_function=None)
            weakref.finalize(self._collection, system.stop)


@contextmanager
def _translated(location: Path, store: Path, *, writes: bool = False) -> Iterator[None]:
    try:
        yield
    except ChromaError as error:
        raise _explained(location, store, error) from error
    if writes and (file := cut_short(location)):
        _log.warning("%s of the index at %s was written in part only", file, location)
        raise full(location)


def _settings(location: Path) -> Settings:
    # What is not given comes from the environment, and would from a file `.env` wherever this is run.
    return Settings(
        _env_file=None,
        chroma_api_impl="chromadb.api.rust.RustBindingsAPI",
        is_persistent=True,
        persist_directory=str(location),
        anonymized_telemetry=False,
        chroma_otel_collection_endpoint="",
    )


def _explained(location: Path, store: Path, error: ChromaError) -> StoreError:
    if _NO_ROOM.search(str(error)) or is_short(location):
        return full(location)
    return StoreDamaged(
        f"Chroma can't read its index at {str(location)!r} ({type(error).__name__}). Nothing is lost: "
        f"the catalog holds everything. Run: {repair_command(store)}"
    )
