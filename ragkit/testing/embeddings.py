"""An embedder without weights: texts that share words lie near each other."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ragkit.errors import PromptTooLong
from ragkit.models.embedding.embedder import Fingerprint, Vectors


class WordEmbeddings:
    """Adds up one fixed random direction a word, so that shared words mean nearness. Same text, same vector.

    `embedded` counts the documents that were embedded, for tests that say nothing is embedded twice.
    """

    def __init__(self, *, dimension: int = 64, window: int = 256, name: str = "words") -> None:
        self.fingerprint = Fingerprint(model=name, revision="1", dimension=dimension)
        self.window = window
        self.embedded = 0

    def count_tokens(self, text: str) -> int:
        """Return the number of words and marks."""
        return len(_words(text))

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text; a text over the window raises PromptTooLong."""
        for text in texts:
            if (tokens := self.count_tokens(text)) > self.window:
                raise PromptTooLong(f"{tokens} words do not fit {self.window}", tokens=tokens, window=self.window)
        self.embedded += len(texts)
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.fingerprint.dimension), np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of the first words that fit the window."""
        return self._vector(" ".join(_words(text)[: self.window]))

    def _vector(self, text: str) -> Vectors:
        total = np.full(self.fingerprint.dimension, 1e-6, np.float32)
        for word in _words(text):
            total += _direction(word, self.fingerprint.dimension)
        return total / np.float32(np.linalg.norm(total))


@lru_cache(maxsize=10_000)
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())
