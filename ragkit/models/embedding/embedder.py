"""What ragkit asks of an embedding model, and what makes two embedders the same."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
