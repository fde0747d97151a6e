"""How near sentences are to a question by meaning."""

from collections.abc import Sequence

import numpy as np

from ragkit.models.embedding.sentence_vectors import SentenceVectors

# A sentence of 30 tokens takes the default embedder 2 to 4 ms; the passages of a question have 40 sentences as a rule.
_MOST = 64


class Nearness:
    """Compares by an embedder's vectors, of which the last ones are kept. Any number of threads may share it.

    `most` sentences at most should be asked for at once.
    """

    def __init__(self, vectors: SentenceVectors, *, most: int = _MOST) -> None:
        self.most = most
        self._vectors = vectors

    def cosines(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return a number from 0 to 1 for each sentence.

        Raises:
            ModelUnavailable: the embedder can't be reached or loaded.
        """
        near = self._vectors.of(sentences) @ self._vectors.embedder.embed_query(question)
        return [float(value) for value in np.clip(near, 0.0, 1.0)]
