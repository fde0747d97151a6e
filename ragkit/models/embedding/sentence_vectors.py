"""Vectors of sentences that are made once and kept for a while: the passages of a question come back with the next."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol, runtime_checkable

import numpy as np

from ragkit.models.embedding.embedder import Embedder, Vectors
from ragkit.models.embedding.scripts import Scripts

# At 384 dimensions 3 MB, and the passages of some fifty questions.
_MOST = 2000


@runtime_checkable
class SentenceEmbedder(Protocol):
    """An embedder that has a quicker way for texts which are ranked within one answer and never stored."""

    def embed_sentences(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order. What is over the window is cut at its end."""
        ...


class SentenceVectors:
    """An embedder's vectors of sentences; the `most` that were used last are kept. Serves any number of threads.

    They are kept by a hash: no text of a document stays in memory after its passage.
    """

    def __init__(self, embedder: Embedder, *, most: int = _MOST) -> None:
        self.embedder = embedder
        self.scripts = Scripts(embedder)
        self._most = most
        self._changing = threading.Lock()
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()

    def of(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order; no text, no row. What is over the embedder's window counts no more.

        Raises:
            ModelUnavailable: the embedder can't be reached or loaded.
        """
        if not texts:
            return np.zeros((0, self.embedder.fingerprint.dimension), np.float32)
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        with self._changing:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            known.update(zip(new, self._embedded(list(new.values())), strict=True))
        self._keep({key: known[key] for key in keys})
        return np.stack([known[key] for key in keys])

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        if isinstance(self.embedder, SentenceEmbedder):
            return self.embedder.embed_sentences(texts)
        return self.embedder.embed_documents([fitting(text, self.embedder) for text in texts])

    def _keep(self, used: dict[bytes, Vectors]) -> None:
        with self._changing:
            for key, vector in used.items():
                self._kept[key] = vector
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def fitting(text: str, embedder: Embedder) -> str:
    """Return as much of a text as the embedder takes; where it only ranks, a cut tail loses nothing."""
    while (tokens := embedder.count_tokens(text)) > embedder.window:
        text = text[: len(text) * embedder.window // (tokens + 1)]
    return text
