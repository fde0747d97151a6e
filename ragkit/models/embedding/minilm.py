"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime, without torch."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from ragkit.models.embedding.embedder import Fingerprint, Vectors, refuse_longer
from ragkit.models.embedding.onnx_graph import OnnxGraph
from ragkit.models.embedding.weights import GRAPH, MINILM_L6, TOKENIZER, Weights, built_encoder
from ragkit.models.embedding.wordpiece import WordTokens, read_long_words

_MOST_THREADS = 4


class _Graph:
    """Token ids to vectors. Loaded when it is first asked."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._loading = threading.Lock()
        self._graph: OnnxGraph | None = None

    def vectors(self, batch: Sequence[Sequence[int]]) -> Vectors:
        shape = len(batch), max(map(len, batch))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return self._loaded().run(input_ids=ids, attention_mask=mask)

    def _loaded(self) -> OnnxGraph:
        with self._loading:
            if self._graph is None:
                self._graph = OnnxGraph(built_encoder(self.weights) / GRAPH, threads=1)
            return self._graph


class MiniLM:
    """all-MiniLM-L6-v2: 384 dimensions, 256 tokens, made for English. One object serves any number of threads.

    Documents are embedded in float32. Questions are in int8: faster, and as good at finding the documents (cosine 0.998
    to their vectors in float32; docs/benchmarks.md has the figures). With `exact_queries` questions are embedded as
    documents are; with the weights `MINILM_L6_INT8` both are in int8.

    Nothing is loaded before the first text. The first use on a machine builds the model's graph, which takes seconds.
    `threads` texts are embedded at once, each on one thread; None is one a core, four at most.

        embedder = MiniLM()
        vectors = embedder.embed_documents(["Notice is thirty days.", "Rent is due on the first."])
        best = vectors @ embedder.embed_query("When must I pay?")
    """

    def __init__(
        self, *, threads: int | None = None, weights: Weights = MINILM_L6, exact_queries: bool = False
    ) -> None:
        self.fingerprint = Fingerprint(model=weights.name, revision=weights.revision, dimension=weights.dimension)
        self.window = weights.window
        self._threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._documents = _Graph(weights)
        alike = exact_queries or weights.precision == "int8"
        self._queries = self._documents if alike else _Graph(weights.computed_in("int8"))
        self._reading = threading.Lock()
        self._tokens: WordTokens | None = None

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens, the two at the ends included.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        return self._read_by(self._documents).count(text)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
            PromptTooLong: a text has more than 256 tokens. No text is embedded then.
        """
        tokenizer = self._read_by(self._documents)
        tokens = [tokenizer.of(text) for text in texts]
        refuse_longer(list(map(len, tokens)), window=self.window, model=self.fingerprint.model)
        rows = np.zeros((len(texts), self.fingerprint.dimension), np.float32)
        # In int8 only a text that runs alone has a vector that depends on nothing else.
        batches = _batches(tokens, self.window if self._documents.weights.precision == "float32" else 0)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            done = pool.map(lambda batch: self._documents.vectors([tokens[row] for row in batch]), batches)
            for batch, vectors in zip(batches, done, strict=True):
                rows[batch] = vectors
        return rows

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question, in the caller's thread. What is over the window is cut at its end.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        tokens = self._read_by(self._queries).of(text)
        if len(tokens) > self.window:
            tokens = [*tokens[: self.window - 1], tokens[-1]]
        return np.asarray(self._queries.vectors([tokens])[0])

    def embed_sentences(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, made as those of questions are: quick, and only for ranking within one answer.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        return np.stack([self.embed_query(text) for text in texts]) if texts else self.embed_documents([])

    def _read_by(self, graph: _Graph) -> WordTokens:
        """Return the tokenizer, which is the same of both graphs, without building the one that is not asked."""
        with self._reading:
            if self._tokens is None:
                self._tokens = _tokens(built_encoder(graph.weights) / TOKENIZER)
            return self._tokens


def _tokens(file: Path) -> WordTokens:
    tokenizer = Tokenizer.from_file(str(file))
    # The published file cuts at 128 tokens and pads to as many.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    read_long_words(tokenizer)
    return WordTokens(tokenizer)


def _batches(tokens: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Return the rows to run together: texts of like length, up to `most` tokens with the padding, longest first.

    So a chunk runs alone, without padding, and fits the processor's cache; short texts share the cost of a run.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(tokens)), key=lambda row: -len(tokens[row])):
        if batches and (len(batches[-1]) + 1) * len(tokens[batches[-1][0]]) <= most:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches
