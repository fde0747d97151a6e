"""The same made-up chunks in ragkit's store and in that of the naive pipeline."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from chromadb.api.shared_system_client import SharedSystemClient
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from benchmarks import naive
from benchmarks.filling import SEED, fill, filled_store
from benchmarks.made_up import vectors_of
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.records import Entry


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
