"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime, without torch."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from tokenizers import Tokenizer

from ragkit.errors import PromptTooLong
from ragkit.models.embedding.embedder import Fingerprint, Vectors
from ragkit.models.embedding.weights import GRAPH, MINILM_L6, TOKENIZER, Weights, built_encoder
from ragkit.models.embedding.wordpiece import TokenCounts, read_long_words, readable

_MOST_THREADS = 4
_ERRORS_ONLY = 3


class _Tokens:
    """Text to token ids, and how many they are."""

    def __init__(self, file: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(file))
        # The published file cuts at 128 tokens and pads to as many.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        read_long_words(self._tokenizer)
        self.counts = TokenCounts(self._tokenizer)

    def of(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(readable(text)).ids)


class _Graph:
    """Token ids to vectors. Loaded when it is first asked."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._loading = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None

    def vectors(self, batch: Sequence[Sequence[int]]) -> Vectors:
        shape = len(batch), max(map(len, batch))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return np.asarray(self._loaded().run(None, {"input_ids": ids, "attention_mask": mask})[0], np.float32)

    def _loaded(self) -> onnxruntime.InferenceSession:
        with self._loading:
            if self._session is None:
                self._session = _session(built_encoder(self.weights) / GRAPH)
            return self._session


class MiniLM:
    """all-MiniLM-L6-v2: 384 dimensions, 256 tokens, made for English. One object serves any number of threads.

    Documents are embedded in float32. Questions are, for the most part, in int8: more than twice as fast, and as good
    at finding the documents (cosine 0.997 to their vectors in float32; docs/benchmarks.md has the figures). With
    `exact_queries` questions are embedded as documents are; with the weights `MINILM_L6_INT8` both are in int8.

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
        exact = exact_queries or weights.precision == "int8"
        self._queries = self._documents if exact else _Graph(weights.computed_in("mixed"))
        self._reading = threading.Lock()
        self._tokens: _Tokens | None = None

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens, the two at the ends included.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        return self._read_by(self._documents).counts.of(text)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
            PromptTooLong: a text has more than 256 tokens. No text is embedded then.
        """
        tokenizer = self._read_by(self._documents)
        tokens = [tokenizer.of(text) for text in texts]
        self._refuse_longer(tokens)
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

    def _refuse_longer(self, tokens: Sequence[Sequence[int]]) -> None:
        for number, count in enumerate(map(len, tokens), 1):
            if count > self.window:
                raise PromptTooLong(
                    f"Text {number} of {len(tokens)} has {count} tokens and {self.fingerprint.model} reads "
                    f"{self.window}. Split it first.",
                    tokens=count,
                    window=self.window,
                )

    def _read_by(self, graph: _Graph) -> _Tokens:
        """Return the tokenizer, which is the same of both graphs, without building the one that is not asked."""
        with self._reading:
            if self._tokens is None:
                self._tokens = _Tokens(built_encoder(graph.weights) / TOKENIZER)
            return self._tokens


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


def _session(graph: Path) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A spinning thread takes the core that another one needs: on a busy machine that costs more than it saves.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
