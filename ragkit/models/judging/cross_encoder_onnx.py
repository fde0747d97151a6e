"""A cross-encoder that was exported to ONNX as a judge of passages: no torch."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from tokenizers import Encoding, Tokenizer

from ragkit.errors import ModelFailed, ModelUnavailable
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.judging.relevance import Pair, judge_whole

# Where exporters and the hub put the graph.
_GRAPHS = ("model.onnx", "onnx/model.onnx")
_ERRORS_ONLY = 3


class OnnxCrossEncoderJudge:
    """Scores with a folder that holds `model.onnx`, `tokenizer.json` and `config.json`. Loads it at construction.

    Scores are logits. Pairs run one by one, without padding. Threads take turns. Each passage costs a run of the
    model, a long one several.

    Raises:
        ModelUnavailable: a file is missing or can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self.name = f"onnx:{folder}"
        self._turn = threading.Lock()
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self.window = _window(folder)
            self._session = _session(next(folder / name for name in _GRAPHS if (folder / name).is_file()))
        # Both libraries raise classes of their own that share nothing but Exception.
        except Exception as exc:
            raise ModelUnavailable(
                f"{str(folder)!r} could not be loaded ({type(exc).__name__}). It must hold model.onnx, tokenizer.json "
                "and config.json of one cross-encoder.",
                model=self.name,
            ) from exc
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        read_long_words(self._tokenizer)
        self._wanted = {node.name for node in self._session.get_inputs()}

    def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score a passage; one that is longer than the window has that of its best part.

        Raises:
            PromptTooLong: the question takes more than half of the window.
            ModelFailed: the model broke, or gave something else than one number a pair.
        """
        with self._turn:
            return judge_whole(self, question, passages)

    def count_pair(self, pair: Pair) -> int:
        """Return the number of tokens that the model would read of a pair."""
        return len(self._encoded(pair).ids)

    def score_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a logit a pair, in order.

        Raises:
            ModelFailed: the graph refused the run, or is a classifier of several classes.
        """
        return [self._score(pair) for pair in pairs]

    def _score(self, pair: Pair) -> float:
        encoded = self._encoded(pair)
        features = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        fed = {name: np.array([row], np.int64) for name, row in features.items() if name in self._wanted}
        try:
            return float(self._session.run(None, fed)[0].item())
        except Exception as exc:
            raise ModelFailed(
                f"{self.name!r} gave no score ({type(exc).__name__}). Is it a cross-encoder with one score a pair?",
                model=self.name,
            ) from exc

    def _encoded(self, pair: Pair) -> Encoding:
        # A lone surrogate, as a broken file name or PDF leaves it, is no text to a tokenizer.
        question, passage = (text.encode("utf-8", "replace").decode() for text in pair)
        return self._tokenizer.encode(question, passage)


def _window(folder: Path) -> int:
    """Return the lesser of what the model has places for and what its tokenizer says: a RoBERTa wastes two places."""
    config, told = json.loads((folder / "config.json").read_text("utf-8")), folder / "tokenizer_config.json"
    most = json.loads(told.read_text("utf-8")).get("model_max_length") if told.is_file() else None
    places = int(config["max_position_embeddings"])
    return min(places, int(most)) if most else places


def _session(graph: Path) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    # A spinning thread takes the core that another one needs: on a busy machine that costs more than it saves.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
