"""Embedding models that an Ollama serves."""

from collections.abc import Sequence

import numpy as np

from ragkit.models.embedding.catalogue import prefixes
from ragkit.models.embedding.embedder import Fingerprint, Vectors, refuse_longer, unit_vectors
from ragkit.models.embedding.embedder_tokens import most_tokens
from ragkit.models.served.ollama import KeepAlive, OllamaServer
from ragkit.models.transport.faults import OLLAMA, Asked

_UNTOLD_WINDOW = 512
_LONGEST_WINDOW = 2048  # Ollama embeds a text in one batch, and a batch holds no more
_BATCH = 32


class OllamaEmbedder:
    """An embedding model of an Ollama. A text that the server would cut is refused.

    `keep_alive` is how long the model stays loaded: "30m", or seconds, or -1 for ever; None leaves it to the server.

    Raises:
        ModelUnavailable: no server, or no such model; the message has the command.
    """

    def __init__(self, server: OllamaServer, name: str, *, keep_alive: KeepAlive = None) -> None:
        query_prefix, document_prefix = prefixes(name)
        self._server = server
        self._name = name
        self._keep_alive = keep_alive
        self.window = min(server.show(name).window or _UNTOLD_WINDOW, _LONGEST_WINDOW)
        self._options = {"num_ctx": self.window}
        self.fingerprint = Fingerprint(
            model=name,
            revision=self._digest(),
            dimension=len(self._rows(["a"])[0]),
            pooling="unknown",  # only the server knows
            query_prefix=query_prefix,
            document_prefix=document_prefix,
        )

    def count_tokens(self, text: str) -> int:
        """Return what the text has at most, whatever the model's tokenizer is. The server has the last word."""
        return most_tokens(self.fingerprint.document_prefix + text)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, of unit length.

        Raises:
            ModelUnavailable, ModelTimeout, ModelFailed: the server did not do it.
            PromptTooLong: a text is longer than the window.
        """
        refuse_longer(list(map(self.count_tokens, texts)), window=self.window, model=self._name, about=True)
        parts = [self._embed(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.fingerprint.dimension), np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question; what is over the window is cut at its end.

        Raises:
            ModelUnavailable, ModelTimeout, ModelFailed: the server did not do it.
        """
        asked = [self.fingerprint.query_prefix + text]
        return np.asarray(self._units(self._rows(asked, truncate=True))[0])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        documents = [self.fingerprint.document_prefix + text for text in texts]
        return self._units(self._rows(documents))

    def _rows(self, texts: Sequence[str], *, truncate: bool = False) -> list[list[float]]:
        return self._server.embed(
            self._name, texts, options=self._options, truncate=truncate, keep_alive=self._keep_alive
        )

    def _units(self, rows: Sequence[Sequence[float]]) -> Vectors:
        return unit_vectors(rows, count=len(rows), model=self._name, dimension=self.fingerprint.dimension)

    def _digest(self) -> str:
        if digest := self._server.digest(self._name):
            return digest
        raise OLLAMA.missing(Asked(url=self._server.url, model=self._name))
