"""A cross-encoder that was exported to ONNX as a judge of passages: no torch."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from ragkit.errors import ModelFailed, ModelUnavailable
from ragkit.models.embedding.onnx_graph import OnnxGraph
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.judging.relevance import Pair, judge_whole
from ragkit.text.encodable import encodable

# Where exporters and the hub put the graph.
_GRAPHS = ("model.onnx", "onnx/model.onnx")


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
            self._graph = OnnxGraph(next(folder / name for name in _GRAPHS if (folder / name).is_file()))
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
        ids, mask, types = [encoded.ids], [encoded.attention_mask], [encoded.type_ids]
        try:
            return float(self._graph.run(input_ids=ids, attention_mask=mask, token_type_ids=types).item())
        except Exception as exc:
            raise ModelFailed(
                f"{self.name!r} gave no score ({type(exc).__name__}). Is it a cross-encoder with one score a pair?",
                model=self.name,
            ) from exc

    def _encoded(self, pair: Pair) -> Encoding:
        question, passage = map(encodable, pair)
        return self._tokenizer.encode(question, passage)


def _window(folder: Path) -> int:
    """Return the lesser of what the model has places for and what its tokenizer says: a RoBERTa wastes two places."""
    config, told = json.loads((folder / "config.json").read_text("utf-8")), folder / "tokenizer_config.json"
    most = json.loads(told.read_text("utf-8")).get("model_max_length") if told.is_file() else None
    places = int(config["max_position_embeddings"])
    return min(places, int(most)) if most else places
