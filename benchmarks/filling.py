"""Stores filled with what `made_up` makes: ragkit's, and a bare Chroma collection."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings

from benchmarks.made_up import documents, vectors_of
from ragkit.ingestion.chunking import CHUNKER
from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.minilm import MiniLM
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.fingerprints import store_fingerprint
from ragkit.store.catalog.records import Entry
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.opening import open_store
from ragkit.store.store import Store

# That of the default embedder, so that a workspace opens the store.
FINGERPRINT = store_fingerprint(MiniLM().fingerprint, chunker=CHUNKER)
SEED = 1
Put = Callable[[Sequence[Entry]], None]


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
    ids = [row for entry in entries for row in entry.ids]
    rows = np.stack([vectors[key] for entry in entries for key in entry.keys])
    said = [chunk.text for entry in entries for chunk in entry.chunks]
    bare.upsert(ids=ids, embeddings=rows, documents=said if texts else None)


def filled_store(folder: Path, chunks: int, *, labelled: bool = False) -> list[Entry]:
    """Make a store of so many chunks, and return what is in it."""
    entries = documents(chunks, labelled=labelled)
    with new_store(folder) as store, store.writing():
        fill(partial(put, store, vectors=vectors_of(entries, seed=SEED)), entries)
    return entries


def new_store(folder: Path) -> Store:
    """Return an empty store."""
    Catalog.create(folder, fingerprint=FINGERPRINT, tenant="local").close()
    return opened(folder)


def opened(folder: Path) -> Store:
    """Return the store in the folder."""
    return open_store(folder, FolderIndexes(folder / "index", ChromaIndex), fingerprint=FINGERPRINT)


def collection(folder: Path) -> chromadb.Collection:
    """Return a bare collection, made by ragkit's own class if it is not there, so that its settings are the same."""
    ChromaIndex(folder, collection="bare")
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    return client.get_collection("bare", embedding_function=None)
