"""Any embedding model of LangChain as an embedder of ragkit's."""

import bisect
import hashlib
from collections.abc import Callable, Sequence

import httpx
import numpy as np
from langchain_core.embeddings import Embeddings

from ragkit.errors import ModelFailed, ModelUnavailable, PromptTooLong
from ragkit.models.embedding.embedder import Fingerprint, Vectors
from ragkit.models.embedding.embedder_tokens import most_tokens

_PROBES = (
    "The lease ends on the last day of March.",
    "Add two eggs, flour and a pinch of salt.",
    "def reverse(items): return items[::-1]",
    "Der Zug nach Hamburg fährt heute nicht.",
)
_SPECIAL_TOKENS = 2


class LangChainEmbedder:
    """Makes unit vectors of what a LangChain model returns, and refuses what its server may cut in silence.

    The model is called once at construction: for its dimension, and to notice another model under the same name.
    LangChain tells neither window nor prefixes: `ragkit.models.embedding.prefixes` knows those of many models. Nor does
    it tell the tokens: without `count_tokens`, which counts those at the ends as well, they are taken to be as many as
    any tokenizer makes of a text, so that chunks of prose fill half of the window.

        embedder = LangChainEmbedder(OllamaEmbeddings(model="bge-m3"), name="bge-m3", window=8192)

    Raises:
        ModelUnavailable: the model's server does not answer.
        ModelFailed: what it returns is no vectors.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        *,
        name: str,
        window: int = 512,
        query_prefix: str = "",
        document_prefix: str = "",
        count_tokens: Callable[[str], int] | None = None,
    ) -> None:
        self._embeddings = embeddings
        self._name = name
        self._count = count_tokens or _most_tokens
        self.window = window
        probed = self._embed(_PROBES)
        self.fingerprint = Fingerprint(
            model=name,
            revision=_mark(probed),
            dimension=probed.shape[1],
            # Only the server knows.
            pooling="unknown",
            query_prefix=query_prefix,
            document_prefix=document_prefix,
        )

    def count_tokens(self, text: str) -> int:
        """Return how much of the window the text takes at most, prefix included."""
        return self._count(self.fingerprint.document_prefix + text)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order. An empty list makes no call.

        Raises:
            ModelUnavailable: the model's server does not answer.
            ModelFailed: what it returns is no vectors.
            PromptTooLong: a text is longer than the window. Nothing is sent then.
        """
        for number, text in enumerate(texts, 1):
            if (tokens := self.count_tokens(text)) > self.window:
                raise PromptTooLong(
                    f"Text {number} of {len(texts)} has about {tokens} tokens and {self._name} reads {self.window}. "
                    "Split it first.",
                    tokens=tokens,
                    window=self.window,
                )
        if not texts:
            return np.zeros((0, self.fingerprint.dimension), np.float32)
        return self._embed([self.fingerprint.document_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question. What is over the window is cut at its end.

        Raises:
            ModelUnavailable: the model's server does not answer.
            ModelFailed: what it returns is no vector.
        """
        prompt = self.fingerprint.query_prefix + text
        over = bisect.bisect_right(range(len(prompt) + 1), self.window, key=lambda end: self._count(prompt[:end]))
        return np.asarray(self._embed([prompt[: over - 1]], query=True)[0])

    def _embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        # A lone surrogate, as a broken file name or PDF leaves it, can't be sent as JSON.
        sent = [text.encode("utf-8", "replace").decode() for text in texts]
        try:
            rows = [self._embeddings.embed_query(sent[0])] if query else self._embeddings.embed_documents(sent)
        except (OSError, httpx.HTTPError) as exc:
            raise ModelUnavailable(
                f'The embedding model "{self._name}" did not answer ({type(exc).__name__}). Is its server running?',
                model=self._name,
            ) from exc
        return self._unit(rows, len(texts))

    def _unit(self, rows: Sequence[Sequence[float]], count: int) -> Vectors:
        if len(rows) != count or len({len(row) for row in rows}) != 1:
            raise ModelFailed(f'"{self._name}" did not return {count} vectors of one length.', model=self._name)
        vectors = np.asarray(rows, np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(lengths) & (lengths > 0)):
            raise ModelFailed(f'"{self._name}" returned a vector that has no direction.', model=self._name)
        return np.asarray(vectors / lengths, np.float32)


def _most_tokens(text: str) -> int:
    return most_tokens(text) + _SPECIAL_TOKENS


def _mark(probed: Vectors) -> str:
    """Return what tells this model from another one: where the vectors of the probe texts differ most.

    A hash of the numbers, however rounded, would change with the last bits, which a driver or another batch changes.
    """
    differences = np.diff(probed, axis=0)
    peaks = np.concatenate([differences.argmax(axis=1), differences.argmin(axis=1)])
    return hashlib.sha256(peaks.astype("<i8").tobytes()).hexdigest()[:16]
