"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime, without torch."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from tokenizers import Tokenizer

from ragkit.errors import PromptTooLong
from ragkit.models.embedder import Fingerprint, Vectors
from ragkit.models.weights import GRAPH, MINILM_L6, TOKENIZER, Weights, built_encoder
from ragkit.models.wordpiece import TokenCounts, read_long_words, readable

_MOST_THREADS = 4
_ERRORS_ONLY = 3


@dataclass(frozen=True, kw_only=True)
class _Encoder:
    tokenizer: Tokenizer
    counts: TokenCounts
    session: onnxruntime.InferenceSession

    @classmethod
    def load(cls, folder: Path) -> "_Encoder":
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        # The published file cuts at 128 tokens and pads to as many.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        read_long_words(tokenizer)
        return cls(tokenizer=tokenizer, counts=TokenCounts(tokenizer), session=_session(folder / GRAPH))

    def tokens(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(readable(text)).ids)

    def vectors(self, batch: Sequence[Sequence[int]]) -> Vectors:
        shape = len(batch), max(map(len, batch))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return np.asarray(self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0], np.float32)


class MiniLM:
    """all-MiniLM-L6-v2: 384 dimensions, 256 tokens, made for English. One object serves any number of threads.

    With the weights `MINILM_L6_INT8` it is about twice as fast, and its vectors are nearly the same (cosine 0.99).

    Nothing is loaded before the first text. The first use on a machine builds the model's graph, which takes seconds.
    `threads` texts are embedded at once, each on one thread; None is one a core, four at most.

        embedder = MiniLM()
        vectors = embedder.embed_documents(["Notice is thirty days.", "Rent is due on the first."])
        best = vectors @ embedder.embed_query("When must I pay?")
    """

    def __init__(self, *, threads: int | None = None, weights: Weights = MINILM_L6) -> None:
        self.fingerprint = Fingerprint(model=weights.name, revision=weights.revision, dimension=weights.dimension)
        self.window = weights.window
        self._weights = weights
        self._threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._loading = threading.Lock()
        self._encoder: _Encoder | None = None

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens, the two at the ends included.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        return self._loaded().counts.of(text)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
            PromptTooLong: a text has more than 256 tokens. No text is embedded then.
        """
        encoder = self._loaded()
        tokens = [encoder.tokens(text) for text in texts]
        self._refuse_longer(tokens)
        rows = np.zeros((len(texts), self.fingerprint.dimension), np.float32)
        # In int8 only a text that runs alone has a vector that depends on nothing else.
        batches = _batches(tokens, self.window if self._weights.precision == "float32" else 0)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            done = pool.map(lambda batch: encoder.vectors([tokens[row] for row in batch]), batches)
            for batch, vectors in zip(batches, done, strict=True):
                rows[batch] = vectors
        return rows

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question, in the caller's thread. What is over the window is cut at its end.

        Raises:
            ModelUnavailable: the weights are not there; the message has the command.
        """
        encoder = self._loaded()
        tokens = encoder.tokens(text)
        if len(tokens) > self.window:
            tokens = [*tokens[: self.window - 1], tokens[-1]]
        return np.asarray(encoder.vectors([tokens])[0])

    def _refuse_longer(self, tokens: Sequence[Sequence[int]]) -> None:
        for number, count in enumerate(map(len, tokens), 1):
            if count > self.window:
                raise PromptTooLong(
                    f"Text {number} of {len(tokens)} has {count} tokens and {self.fingerprint.model} reads "
                    f"{self.window}. Split it first.",
                    tokens=count,
                    window=self.window,
                )

    def _loaded(self) -> _Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = _Encoder.load(built_encoder(self._weights))
            return self._encoder


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
