"""Any cross-encoder of the sentence-transformers library as a judge of passages."""

import threading
from collections.abc import Sequence

from ragkit.errors import ConfigError, ModelFailed, ModelUnavailable, missing_extra
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.judging.relevance import Pair, judge_whole

try:
    import torch
    from sentence_transformers import CrossEncoder
except ImportError as exc:
    raise missing_extra("sentence-transformers", "sentence-transformers") from exc

# Padding costs more than batching saves on a processor; an accelerator wants the batch.
_BATCH_ON_CPU, _BATCH = 8, 32
# The library would cut a pair to the window by itself, and not say so.
_UNCUT = {"text": {"truncation": False, "verbose": False}}


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
        self.name = f"cross-encoder:{name}"
        self._model = _load(name, device)
        if backend := getattr(self._model.tokenizer, "backend_tokenizer", None):
            read_long_words(backend)
        self._batch = _BATCH_ON_CPU if device == "cpu" else _BATCH
        self._turn = threading.Lock()
        window = self._model.max_seq_length
        if self._model.num_labels != 1 or not isinstance(window, int):
            raise ConfigError(
                f"{name!r} gives {self._model.num_labels} scores a pair and has a window of {window!r} tokens. "
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
        return int(self._model.preprocess([_valid(pair)], processing_kwargs=_UNCUT)["input_ids"].shape[1])

    def score_pairs(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a logit a pair, in order.

        Raises:
            ModelFailed: torch refused the run.
        """
        try:
            scores = self._model.predict(
                [_valid(pair) for pair in pairs],
                batch_size=self._batch,
                activation_fn=torch.nn.Identity(),
                show_progress_bar=False,
                processing_kwargs=_UNCUT,
            )
        except (RuntimeError, IndexError) as exc:
            raise ModelFailed(
                f"{self.name!r} broke on {len(pairs)} pairs ({type(exc).__name__}). Is there memory enough for it?",
                model=self.name,
            ) from exc
        return [float(score) for score in scores]


def _load(name: str, device: str) -> CrossEncoder:
    try:
        model: CrossEncoder = CrossEncoder(name, device=device, trust_remote_code=False)
    except (OSError, ValueError) as exc:
        raise ModelUnavailable(
            f"The reranking model {name!r} could not be loaded ({type(exc).__name__}). Check its name; the first time "
            "it is fetched, so the hub must be in reach; a model that needs code of its own is not run.",
            model=name,
        ) from exc
    return model


def _valid(pair: Pair) -> Pair:
    # A lone surrogate, as a broken file name or PDF leaves it, is no text to a tokenizer.
    question, passage = (text.encode("utf-8", "replace").decode() for text in pair)
    return question, passage
