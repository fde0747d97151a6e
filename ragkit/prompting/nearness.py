"""How near sentences are to a question by meaning."""

from collections.abc import Sequence

import numpy as np

from ragkit.models.embedding.sentence_vectors import SentenceVectors

# A sentence of 30 tokens takes the default embedder 2 to 4 ms; the passages of a question have 40 sentences as a rule.
_MOST = 64
# A single sentence is its own mean.
_TINY = 1e-6


class Nearness:
    """Compares by an embedder's vectors, of which the last ones are kept. Any number of threads may share it.

    `most` sentences at most should be asked for at once.
    """

    def __init__(self, vectors: SentenceVectors, *, most: int = _MOST) -> None:
        self.most = most
        self._vectors = vectors

    def cosines(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return a number from -1 to 1 for each sentence: how near it is by what sets it apart from the others.

        What all of them are about is in most questions, too, and says nothing about which of them answers.

        Raises:
            ModelUnavailable: the embedder can't be reached or loaded.
        """
        vectors, asked = self._vectors.of(sentences), self._vectors.embedder.embed_query(question)
        common = vectors.mean(axis=0)
        apart, asked = vectors - common, asked - common
        lengths = np.linalg.norm(apart, axis=1) * np.linalg.norm(asked)
        return [float(value) for value in apart @ asked / np.maximum(lengths, _TINY)]
