"""Any embedding model of LangChain as an embedder of ragkit's."""

import bisect
import hashlib
from collections.abc import Callable, Sequence

import httpx
import numpy as np
from langchain_core.embeddings import Embeddings

from ragkit.errors import ModelUnavailable
from ragkit.models.embedding.embedder import Fingerprint, Vectors, refuse_longer, unit_vectors
from ragkit.models.embedding.embedder_tokens import most_tokens
from ragkit.text.encodable import encodable

_PROBES = (
    "The lease ends on the last day of March.",
    "Add two eggs, flour and a pinch of salt.",
    "def reverse(items): return items[::-1]",
    "Der Zug nach Hamburg fährt heute nicht.",
)


class LangChainEmbedder:
    """Makes unit vectors of what a LangChain model returns, and refuses what its server may cut in silence.

    The model is called once at construction: for its dimension, and to notice another model under the same name.
    LangChain tells neither window nor prefixes: `ragkit.models.embedding.catalogue.prefixes` knows those of many
    models. Nor does it tell the tokens: without `count_tokens`, which counts those at the ends as well, they are taken
    to be as many as any tokenizer makes of a text, so that chunks of prose fill half of the window.

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
        self._count = count_tokens or most_tokens
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
        refuse_longer(list(map(self.count_tokens, texts)), window=self.window, model=self._name, about=True)
        if not texts:
            return np.zeros((0, self.fingerprint.dimension), np.float32)
        prefixed = [self.fingerprint.document_prefix + text for text in texts]
        return self._embed(prefixed, dimension=self.fingerprint.dimension)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question. What is over the window is cut at its end.

        Raises:
            ModelUnavailable: the model's server does not answer.
            ModelFailed: what it returns is no vector.
        """
        prompt = self.fingerprint.query_prefix + text
        over = bisect.bisect_right(range(len(prompt) + 1), self.window, key=lambda end: self._count(prompt[:end]))
        return np.asarray(self._embed([prompt[: over - 1]], query=True, dimension=self.fingerprint.dimension)[0])

    def _embed(self, texts: Sequence[str], *, query: bool = False, dimension: int | None = None) -> Vectors:
        sent = list(map(encodable, texts))
        try:
            rows = [self._embeddings.embed_query(sent[0])] if query else self._embeddings.embed_documents(sent)
        except (OSError, httpx.HTTPError) as exc:
            raise ModelUnavailable(
                f'The embedding model "{self._name}" did not answer ({type(exc).__name__}). Is its server running?',
                model=self._name,
            ) from exc
        return unit_vectors(rows, count=len(texts), model=self._name, dimension=dimension)


def _mark(probed: Vectors) -> str:
    """Return what tells this model from another one: where the vectors of the probe texts differ most.

    A hash of the numbers, however rounded, would change with the last bits, which a driver or another batch changes.
    """
    differences = np.diff(probed, axis=0)
    peaks = np.concatenate([differences.argmax(axis=1), differences.argmin(axis=1)])
    return hashlib.sha256(peaks.astype("<i8").tobytes()).hexdigest()[:16]
