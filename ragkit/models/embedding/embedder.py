"""What ragkit asks of an embedding model, and what makes two embedders the same."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ModelFailed, PromptTooLong

Vectors = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Everything that changes what a vector means. Vectors of different fingerprints never meet in one store.

    `revision` is a hash of the weights, or the nearest thing to it that the runtime tells.
    """

    model: str
    revision: str
    dimension: int
    pooling: str = "mean"
    normalised: bool = True
    query_prefix: str = ""
    document_prefix: str = ""

    def to_json(self) -> str:
        """Return the canonical form: equal fingerprints, equal strings."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Fingerprint":
        """Read back what `to_json` wrote."""
        return cls(**json.loads(text))


class Embedder(Protocol):
    """Text to vectors of unit length. Queries and documents are different operations for many models.

    `window` is the number of tokens of one text, prefix and special tokens included. A longer text is
    refused, never cut.
    """

    fingerprint: Fingerprint
    window: int

    def count_tokens(self, text: str) -> int:
        """Return how much of the window the text takes as a document. Never less than the model counts."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order, as float32 of shape (len(texts), dimension).

        Raises:
            ModelUnavailable: the model can't be reached or loaded.
            PromptTooLong: a text is longer than the window.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question, of shape (dimension,). A question over the window is cut at its end.

        Raises:
            ModelUnavailable: the model can't be reached or loaded.
        """
        ...


def refuse_longer(counts: Sequence[int], *, window: int, model: str, about: bool = False) -> None:
    """Refuse texts of so many tokens each if one of them is over the window; `about` says that they are estimates.

    Raises:
        PromptTooLong: one is.
    """
    for number, tokens in enumerate(counts, 1):
        if tokens > window:
            count = f"{'about ' if about else ''}{tokens}"
            message = (
                f"Text {number} of {len(counts)} has {count} tokens and {model} reads {window}. Make chunks smaller."
            )
            raise PromptTooLong(message, tokens=tokens, window=window)


def unit_vectors(rows: Sequence[Sequence[float]], *, count: int, model: str, dimension: int | None = None) -> Vectors:
    """Return what a server gave for so many texts as vectors of unit length.

    Raises:
        ModelFailed: it gave something else, or a vector that has no direction.
    """
    try:
        vectors = np.asarray(rows, np.float64).reshape(len(rows), -1)
    except (TypeError, ValueError):
        # Rows of several lengths, or of no numbers.
        vectors = np.zeros((0, 0))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    is_right = vectors.shape == (count, dimension or vectors.shape[1])
    if not is_right or not np.all(np.isfinite(lengths) & (lengths > 0)):
        message = f'"{model}" did not return {count} vectors of one length. Check that it is an embedding model.'
        raise ModelFailed(message, model=model)
    return np.asarray(vectors / lengths, np.float32)
