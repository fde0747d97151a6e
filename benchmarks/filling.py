"""Stores filled with what `made_up` makes: ragkit's, a bare Chroma collection, and that of the naive pipeline."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from benchmarks import naive
from benchmarks.made_up import documents, vectors_of
from ragkit.chunking import CHUNKER
from ragkit.models.embedder import Vectors
from ragkit.models.minilm import MiniLM
from ragkit.store.catalog import Catalog
from ragkit.store.chroma import ChromaIndex, ChromaIndexes
from ragkit.store.fingerprints import store_fingerprint
from ragkit.store.opening import open_store
from ragkit.store.records import Entry, chunk_ids
from ragkit.store.store import Store

# That of the default embedder, so that a workspace opens the store.
FINGERPRINT = store_fingerprint(MiniLM().fingerprint, chunker=CHUNKER)
SEED = 1
Put = Callable[[Sequence[Entry]], None]


class Known(Embeddings):
    """Gives texts the vectors that were made for them."""

    def __init__(self, vectors: Mapping[str, Vectors], keys: Mapping[str, str]) -> None:
        self._vectors = vectors
        self._keys = keys

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        return [self._vectors[self._keys[text]].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one of the texts."""
        return self.embed_documents([text])[0]


def fill(put: Put, entries: Sequence[Entry], *, batch: int = 4_000) -> None:
    """Put everything, in batches of so many chunks."""
    held: list[Entry] = []
    size = 0
    for entry in entries:
        held.append(entry)
        size += len(entry.chunks)
        if size >= batch or entry is entries[-1]:
            put(held)
            held, size = [], 0


def put(store: Store, entries: Sequence[Entry], *, vectors: Mapping[str, Vectors]) -> None:
    """Store documents as an ingest does: with the vectors of the texts that are new to the store."""
    keys = [key for entry in entries for key in entry.keys]
    known = store.known(keys)
    store.replace(entries, {key: vectors[key] for key in keys if key not in known})


def upsert(bare: chromadb.Collection, entries: Sequence[Entry], *, vectors: Mapping[str, Vectors], texts: bool) -> None:
    """Give the same to Chroma."""
    ids = [row for entry in entries for row in chunk_ids(entry)]
    rows = np.stack([vectors[key] for entry in entries for key in entry.keys])
    said = [chunk.text for entry in entries for chunk in entry.chunks]
    bare.upsert(ids=ids, embeddings=rows, documents=said if texts else None)


def filled_store(folder: Path, chunks: int, *, labelled: bool = False) -> list[Entry]:
    """Make a store of so many chunks, and return what is in it."""
    entries = documents(chunks, labelled=labelled)
    with new_store(folder) as store, store.writing():
        fill(partial(put, store, vectors=vectors_of(entries, seed=SEED)), entries)
    return entries


def filled_both(folder: Path, chunks: int) -> tuple[Path, Path]:
    """Return ragkit's and the naive pipeline's stores of the same labelled chunks, made if they are not there."""
    made = folder / f"ragkit-{chunks}", folder / f"naive-{chunks}"
    if not (made[0].exists() and made[1].exists()):
        parts = [path.with_suffix(".part") for path in made]
        for path in (*parts, *made):
            shutil.rmtree(path, ignore_errors=True)
        filled_naive(parts[1], filled_store(parts[0], chunks, labelled=True))
        for part, path in zip(parts, made, strict=True):
            part.rename(path)
    return made


def filled_naive(folder: Path, entries: Sequence[Entry]) -> None:
    """Make the naive pipeline's store of the same."""
    keys = {chunk.text: key for entry in entries for key, chunk in zip(entry.keys, entry.chunks, strict=True)}
    chroma = naive.opened(folder, Known(vectors_of(entries, seed=SEED), keys))

    def add(some: Sequence[Entry]) -> None:
        chroma.add_documents(
            [
                Document(
                    page_content=chunk.text, metadata={"source": chunk.uri, "ordinal": chunk.ordinal, **chunk.metadata}
                )
                for entry in some
                for chunk in entry.chunks
            ]
        )

    fill(add, entries)
    SharedSystemClient.clear_system_cache()


def new_store(folder: Path) -> Store:
    """Return an empty store."""
    Catalog.create(folder, fingerprint=FINGERPRINT, tenant="local").close()
    return opened(folder)


def opened(folder: Path) -> Store:
    """Return the store in the folder."""
    return open_store(folder, ChromaIndexes(folder / "index"), fingerprint=FINGERPRINT)


def collection(folder: Path) -> chromadb.Collection:
    """Return a bare collection, made by ragkit's own class if it is not there, so that its settings are the same."""
    ChromaIndex(folder, collection="bare")
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    return client.get_collection("bare", embedding_function=None)
