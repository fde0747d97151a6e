"""Vectors in Chroma: the only home of chromadb.

Only ids and vectors are kept there. Text, metadata and permissions stay in the catalog, so that a Chroma server
never holds a readable word, and an insert costs a quarter of one with documents.
"""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ragkit.errors import ConfigError, StoreDamaged, StoreError
from ragkit.models.embedder import Vectors
from ragkit.store.index import Finding
from ragkit.store.probe import examine
from ragkit.store.seal import is_intact, take_seal

_log = logging.getLogger(__name__)
_PROBE_SECONDS = 600.0
# Chroma's own default of 100 neighbours at search time misses some of the ten nearest in stores over 50,000 chunks.
_NEIGHBOURS = 200


class ChromaIndexes:
    """The collections of one store: each in a folder of its own, or all on the server at `http://host:port`."""

    def __init__(self, folder: Path, *, url: str = "", sync_threshold: int = 1000) -> None:
        self._folder = folder
        self._url = url
        self._sync_threshold = sync_threshold

    def open(self, name: str) -> "ChromaIndex":
        """Return a collection, made if it is not there.

        Raises:
            StoreDamaged: its files can't be read.
            StoreError: the server does not answer.
        """
        location = self._url or self._folder / name
        return ChromaIndex(location, collection=name, sync_threshold=self._sync_threshold)

    def drop(self, name: str) -> None:
        """Remove a collection and its files."""
        if not self._url:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            return
        with suppress(NotFoundError):
            _client(self._url).delete_collection(name)

    def seal(self, name: str) -> str:
        """Return the sizes, times, checksums and counts of a collection's files; of a server its id and count."""
        if not self._url:
            return take_seal(self._folder / name)
        with _translated(self._url), suppress(NotFoundError):
            collection = _client(self._url).get_collection(name, embedding_function=None)
            return f"{collection.id} {collection.count()}"
        return ""

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:
        """Compare with a seal, without opening Chroma."""
        if self._url:
            return bool(seal) and self.seal(name) == seal
        return is_intact(self._folder / name, seal, thorough=thorough)

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare with the catalog; files are opened in a child process, which they may end."""
        if self._url:
            return examine(self.open(name), folder, most=most)
        command = [sys.executable, "-m", "ragkit.store.child", str(self._folder / name), name, str(folder), str(most)]
        try:
            child = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)
        except subprocess.TimeoutExpired:
            return Finding(indexed=0, fault=f"it was not read in {_PROBE_SECONDS:.0f} s")
        except subprocess.CalledProcessError as error:
            _log.info("the child that read %s: %s", name, error.stderr[-2000:])
            return Finding(indexed=0, fault=f"reading it ended a process ({error.returncode})")
        return Finding(**json.loads(child.stdout))


class ChromaIndex:
    """One collection of a Chroma database. Several may be open at once in one process."""

    def __init__(self, location: Path | str, *, collection: str, sync_threshold: int = 1000) -> None:
        self._location = location
        self._name = collection
        self._configuration = CreateCollectionConfiguration(
            hnsw={"space": "cosine", "ef_search": _NEIGHBOURS, "sync_threshold": sync_threshold}
        )
        self._connect()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Write in batches that Chroma takes; see `VectorIndex.upsert`."""
        for start in range(0, len(ids), self._batch):
            stop = start + self._batch
            with _translated(self._location):
                self._collection.upsert(ids=list(ids[start:stop]), embeddings=vectors[start:stop])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove in batches that Chroma takes."""
        for start in range(0, len(ids), self._batch):
            with _translated(self._location):
                self._collection.delete(ids=list(ids[start : start + self._batch]))

    def nearest(self, vector: Vectors, *, limit: int) -> list[tuple[str, float]]:
        """Return ids with their cosine similarity, best first.

        Raises:
            StoreDamaged: Chroma can't read its own files.
        """
        with _translated(self._location):
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        distances = found["distances"] or [[]]
        return [(row, 1.0 - distance) for row, distance in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> set[str]:
        """Return every id, read a page at a time."""
        found: set[str] = set()
        with _translated(self._location):
            while page := self._collection.get(include=[], limit=self._batch, offset=len(found))["ids"]:
                found.update(page)
        return found

    def reopen(self) -> None:
        """Open the database again: an embedded Chroma does not see the vectors that another process wrote."""
        if isinstance(self._location, Path):
            SharedSystemClient.clear_system_cache()
            self._connect()

    def _connect(self) -> None:
        with _translated(self._location):
            client = _client(self._location)
            self._collection = client.get_or_create_collection(
                self._name, embedding_function=None, configuration=self._configuration
            )
            self._batch = client.get_max_batch_size()


@contextmanager
def _translated(location: Path | str) -> Iterator[None]:
    try:
        yield
    except ChromaError as error:
        raise _damaged(location, error) from error


def _client(location: Path | str) -> ClientAPI:
    settings = Settings(anonymized_telemetry=False)
    if isinstance(location, Path):
        return chromadb.PersistentClient(path=str(location), settings=settings)
    url = urlsplit(location)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError(
            f"{location!r} is no address of a Chroma server. Write it as http://host:8000.",
            setting="store.chroma",
            value=location,
        )
    try:
        return chromadb.HttpClient(
            host=url.hostname, port=url.port or 8000, ssl=url.scheme == "https", settings=settings
        )
    except ValueError as error:
        raise StoreError(
            f"no Chroma server answers at {location!r}. Run: chroma run --port {url.port or 8000}"
        ) from error


def _damaged(location: Path | str, error: ChromaError) -> StoreDamaged:
    return StoreDamaged(
        f"Chroma can't read its index at {str(location)!r} ({type(error).__name__}). Nothing is lost: "
        "the catalog holds everything. Run: ragkit store repair"
    )
