"""Any model of the sentence-transformers library as an embedder of ragkit's."""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from ragkit.errors import ConfigError, ModelUnavailable, missing_extra
from ragkit.models import hub
from ragkit.models.embedding.catalogue import prefixes
from ragkit.models.embedding.embedder import Fingerprint, Vectors, refuse_longer
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.text.encodable import encodable

try:
    import torch
    from sentence_transformers import SentenceTransformer
except ImportError as exc:
    raise missing_extra("sentence-transformers", "sentence-transformers") from exc

# Padding costs more than batching saves on a processor; an accelerator wants the batch.
_BATCH_ON_CPU, _BATCH = 8, 32


class SentenceTransformerEmbedder:
    """Embeds with the model of that name on the Hugging Face hub, or in that folder. Loads it at construction.

    Prefixes are the model's own prompts, else what `ragkit.models.embedding.catalogue.prefixes` knows. Code that comes
    with a model is never run, so a model that needs its own is refused. Threads take turns.

    Raises:
        ModelUnavailable: there is no such model, or it can't be loaded.
        ConfigError: the model tells no window.
        MissingExtra: on import, when sentence-transformers is not installed.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self._model = _load(name, device)
        if backend := getattr(self._model.tokenizer, "backend_tokenizer", None):
            read_long_words(backend)
        self._batch = _BATCH_ON_CPU if device == "cpu" else _BATCH
        # transformers keeps the truncation that one call asks for in the tokenizer that all of them share.
        self._turn = threading.Lock()
        window = self._model.max_seq_length
        if not isinstance(window, int):
            raise ConfigError(
                f'"{name}" tells no window: its max_seq_length is {window!r}.', setting="name", value=name
            )
        self.window = window
        query, document = _prompts(self._model, name)
        self.fingerprint = Fingerprint(
            model=name.rstrip("/").rsplit("/", 1)[-1],
            revision=_revision(self._model),
            dimension=self._model.get_embedding_dimension() or len(self._encode([""], "")[0]),
            pooling=str(getattr(self._model[1], "pooling_mode", "own")) if len(self._model) > 1 else "own",
            query_prefix=query,
            document_prefix=document,
        )

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens, prefix and special tokens included."""
        prompt = encodable(self.fingerprint.document_prefix + text)
        with self._turn:
            return len(self._model.tokenizer(prompt, truncation=False, verbose=False)["input_ids"])

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, in order.

        Raises:
            PromptTooLong: a text is longer than the window. No text is embedded then.
        """
        refuse_longer(list(map(self.count_tokens, texts)), window=self.window, model=self.fingerprint.model)
        if not texts:
            return np.zeros((0, self.fingerprint.dimension), np.float32)
        return self._encode(texts, self.fingerprint.document_prefix)

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a question. What is over the window is cut at its end."""
        return np.asarray(self._encode([text], self.fingerprint.query_prefix)[0])

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        with self._turn:
            rows = self._model.encode(
                list(map(encodable, texts)),
                prompt=prefix,
                batch_size=self._batch,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(rows, np.float32)


def _load(name: str, device: str) -> SentenceTransformer:
    try:
        hub.require_in_reach(name)
        return SentenceTransformer(name, device=device, trust_remote_code=False)
    except (OSError, ValueError) as exc:
        raise ModelUnavailable(
            f'The embedding model "{name}" could not be loaded ({type(exc).__name__}). Check its name; the first time '
            "it is fetched, so the hub must be in reach; a model that needs code of its own is not run.",
            model=name,
        ) from exc


def _prompts(model: SentenceTransformer, name: str) -> tuple[str, str]:
    query, document = prefixes(name)
    own = model.prompts
    return own.get("query") or query, own.get("document") or own.get("passage") or document


def _revision(model: SentenceTransformer) -> str:
    """Return the commit that the hub gave, or a hash of the weights when they came from a folder."""
    commit = getattr(getattr(model.transformers_model, "config", None), "_commit_hash", None)
    if commit:
        return str(commit)[:16]
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        # By way of bytes, because numpy has no bfloat16.
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:16]
