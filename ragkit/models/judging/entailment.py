"""A cross-encoder that was trained on entailment, of the sentence-transformers library, as a judge of claims."""

import math
import threading

from ragkit.errors import ConfigError, ModelFailed, ModelUnavailable, missing_extra
from ragkit.models.judging.relevance import parted

try:
    import torch
    from sentence_transformers import CrossEncoder
except ImportError as exc:
    raise missing_extra("sentence-transformers", "sentence-transformers") from exc

_ENTAILED = "entailment"
# The library would cut a pair to the window by itself, and not say so.
_UNCUT = {"text": {"truncation": False, "verbose": False}}


class EntailmentGrounder:
    """Reads passage and claim together with the model of that name on the Hugging Face hub, or in that folder.

    Loads it at construction; code that comes with a model is never run. Threads take turns.

    Raises:
        ModelUnavailable: there is no such model, or it can't be loaded.
        ConfigError: none of its labels is called entailment.
        MissingExtra: on import, when sentence-transformers is not installed.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self.name = f"cross-encoder:{name}"
        try:
            self._model: CrossEncoder = CrossEncoder(name, device=device, trust_remote_code=False)
        except (OSError, ValueError) as exc:
            message = f"The entailment model {name!r} could not be loaded ({type(exc).__name__}). Check its name."
            raise ModelUnavailable(message, model=name) from exc
        labels = {label.lower(): int(number) for number, label in self._model.config.id2label.items()}
        if _ENTAILED not in labels:
            message = f"{name!r} has the labels {', '.join(labels)}. Take a model of which one is called entailment."
            raise ConfigError(message, setting="models.groundedness", value=self.name)
        self._entailed = labels[_ENTAILED]
        self._turn = threading.Lock()

    def probability(self, claim: str, passage: str) -> float:
        """Return the probability of entailment; a passage that is longer than the window has that of its best part.

        Raises:
            ModelFailed: the model broke, or gave no number.
        """
        claim, passage = (text.encode("utf-8", "replace").decode() for text in (claim, passage))
        with self._turn:
            pairs = [(part, claim) for part in parted(passage, lambda part: self._fits(part, claim))]
            try:
                scores = self._model.predict(
                    pairs, activation_fn=torch.nn.Softmax(dim=-1), show_progress_bar=False, processing_kwargs=_UNCUT
                )
            except (RuntimeError, IndexError) as exc:
                raise ModelFailed(f"{self.name!r} broke ({type(exc).__name__}).", model=self.name) from exc
        likely = [float(row[self._entailed]) for row in scores]
        if not all(map(math.isfinite, likely)):
            raise ModelFailed(f"{self.name!r} gave a score that is no number. Take another model", model=self.name)
        return max(likely)

    def _fits(self, part: str, claim: str) -> bool:
        window = self._model.max_seq_length
        read = int(self._model.preprocess([(part, claim)], processing_kwargs=_UNCUT)["input_ids"].shape[1])
        return not isinstance(window, int) or read <= window
