"""Any cross-encoder of the sentence-transformers library as a judge: of passages, or of claims if trained on those."""

import math
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ConfigError, ModelFailed, ModelUnavailable, missing_extra
from ragkit.models import hub
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.judging.relevance import Pair, judge_whole, parted
from ragkit.text.encodable import encodable

try:
    import torch
    from sentence_transformers import CrossEncoder
except ImportError as exc:
    raise missing_extra("sentence-transformers", "sentence-transformers") from exc

# Padding costs more than batching saves on a processor; an accelerator wants the batch.
_BATCH_ON_CPU, _BATCH = 8, 32
# The library would cut a pair to the window by itself, and not say so.
_UNCUT = {"text": {"truncation": False, "verbose": False}}
_ENTAILED = "entailment"


class _Reader:
    """The model of that name on the Hugging Face hub, or in that folder. Code that comes with a model is never run."""

    def __init__(self, name: str, device: str) -> None:
        self.name = f"cross-encoder:{name}"
        self.model = _load(name, device)
        self._batch = _BATCH_ON_CPU if device == "cpu" else _BATCH
        if backend := getattr(self.model.tokenizer, "backend_tokenizer", None):
            read_long_words(backend)

    def count(self, pair: Pair) -> int:
        """Return the number of tokens that the model would read of a pair."""
        return int(self.model.preprocess([_valid(pair)], processing_kwargs=_UNCUT)["input_ids"].shape[1])

    def read(self, pairs: Sequence[Pair], activation: torch.nn.Module) -> NDArray[np.float32]:
        """Return a score a pair, or a row of them.

        Raises:
            ModelFailed: torch refused the run.
        """
        try:
            scores = self.model.predict(
                [_valid(pair) for pair in pairs],
                batch_size=self._batch,
                activation_fn=activation,
                show_progress_bar=False,
                processing_kwargs=_UNCUT,
            )
        except (RuntimeError, IndexError) as exc:
            raise ModelFailed(
                f"{self.name!r} broke on {len(pairs)} pairs ({type(exc).__name__}). Is there memory enough for it?",
                model=self.name,
            ) from exc
        return np.asarray(scores, np.float32)


class CrossEncoderJudge:
    """Scores with the model of that name on the Hugging Face hub, or in that folder. Loads it at construction.

    Scores are the model's own logits, which tell more apart than the probabilities made of them. Code that comes with
    a model is never run. Threads take turns. Each passage costs a run of the model, a long one several.

    Raises:
        ModelUnavailable: there is no such model, or it can't be loaded.
        ConfigError: it is a classifier, not a reranker, or tells no window.
        MissingExtra: on import, when sentence-transformers is not installed.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self._reader = _Reader(name, device)
        self.name = self._reader.name
        self._turn = threading.Lock()
        model, window = self._reader.model, self._reader.model.max_seq_length
        if model.num_labels != 1 or not isinstance(window, int):
            raise ConfigError(
                f"{name!r} gives {model.num_labels} scores a pair and has a window of {window!r} tokens. "
                "Take a reranker: one score, and a window that is told.",
                setting="models.reranker",
                value=self.name,
            )
        self.window = window

    def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score a passage; one that is longer than the window has that of its best part.

        Raises:
            PromptTooLong: the question takes more than half of the window.
            ModelFailed: the model broke, or gave no numbers.
        """
        with self._turn:
            return judge_whole(self, question, passages)

    def count_pair(self, pair: Pair) -> int:
        """Return the number of tokens that the model would read of a pair."""
        return self._reader.count(pair)

    def score_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a logit a pair, in order.

        Raises:
            ModelFailed: torch refused the run.
        """
        return [float(score) for score in self._reader.read(pairs, torch.nn.Identity())]


class EntailmentGrounder:
    """Reads passage and claim together with a model that was trained on entailment. Loads it at construction.

    Code that comes with a model is never run. Threads take turns.

    Raises:
        ModelUnavailable: there is no such model, or it can't be loaded.
        ConfigError: none of its labels is called entailment.
        MissingExtra: on import, when sentence-transformers is not installed.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self._reader = _Reader(name, device)
        self.name = self._reader.name
        self._turn = threading.Lock()
        self._window = self._reader.model.max_seq_length or math.inf
        named = getattr(self._reader.model.config, "id2label", {})
        labels = {label.lower(): int(number) for number, label in named.items()}
        if _ENTAILED not in labels:
            message = f"{name!r} has the labels {', '.join(labels)}. Take a model of which one is called entailment."
            raise ConfigError(message, setting="models.groundedness", value=self.name)
        self._entailed = labels[_ENTAILED]

    def probability(self, claim: str, passage: str) -> float:
        """Return the probability of entailment; a passage that is longer than the window has that of its best part.

        Raises:
            ModelFailed: the model broke, or gave no number.
        """
        with self._turn:
            parts = parted(passage, lambda part: self._reader.count((part, claim)) <= self._window)
            scores = self._reader.read([(part, claim) for part in parts], torch.nn.Softmax(dim=-1))
        likely = scores[:, self._entailed]
        if not np.isfinite(likely).all():
            raise ModelFailed(f"{self.name!r} gave a score that is no number. Take another model", model=self.name)
        return float(likely.max())


def _load(name: str, device: str) -> CrossEncoder:
    try:
        hub.require_in_reach(name)
        model: CrossEncoder = CrossEncoder(name, device=device, trust_remote_code=False)
    except (OSError, ValueError) as exc:
        raise ModelUnavailable(
            f"The cross-encoder {name!r} could not be loaded ({type(exc).__name__}). Check its name; the first time "
            "it is fetched, so the hub must be in reach; a model that needs code of its own is not run.",
            model=name,
        ) from exc
    return model


def _valid(pair: Pair) -> Pair:
    question, passage = map(encodable, pair)
    return question, passage
