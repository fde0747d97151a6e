"""The embedder, and where its vectors live."""

from pathlib import Path
from typing import TYPE_CHECKING, cast
from weakref import WeakValueDictionary

from ragkit.config import Config
from ragkit.errors import ConfigError
from ragkit.models.embedding.embedder import Embedder
from ragkit.store.index.base import Indexes, VectorIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.wiring.chat import called, ollama_servers

if TYPE_CHECKING:
    # LangChain takes half a second to import, and a search needs none of it.
    from langchain_core.embeddings import Embeddings

    from ragkit.models.embedding.minilm import MiniLM

# All workspaces of a process share it, as long as there is one: each would load the weights again.
_minilm: "WeakValueDictionary[str, MiniLM]" = WeakValueDictionary()


def indexes(config: Config) -> Indexes:
    """Return where the store's vector indexes live: in its folder, or on the Chroma server of the settings."""
    # A relative path means another folder after a chdir.
    folder = config.store.path.absolute()
    if config.store.chroma:
        from ragkit.store.index.chroma_server import ServerIndexes

        return ServerIndexes(config.store.chroma, store=folder)
    return FolderIndexes(folder / "index", _chroma)


def _chroma(location: Path, *, collection: str, store: Path) -> VectorIndex:
    from ragkit.store.index.chroma import ChromaIndex

    return ChromaIndex(location, collection=collection, store=store)


def embedder(model: "Embedder | Embeddings | str", config: Config) -> Embedder:
    """Return the embedder of a model string (minilm, minilm-int8, ollama:NAME, ...) or of an object.

    Raises:
        ConfigError: the string is none of these.
        ModelUnavailable: the model is not there.
        MissingExtra: it needs a part that is not installed.
    """
    if not isinstance(model, str):
        if hasattr(model, "fingerprint"):
            return cast(Embedder, model)
        from langchain_core.embeddings import Embeddings

        from ragkit.models.embedding.langchain_embedder import LangChainEmbedder

        if isinstance(model, Embeddings):
            return LangChainEmbedder(model, name=called(model))
        message = f"{type(model).__name__!r} is no embedding model. Give an Embeddings of LangChain, or a string."
        raise ConfigError(message, setting="models.embedding", value=model)
    kind, _, name = model.partition(":")
    if model in {"minilm", "minilm-int8"}:
        from ragkit.models.embedding.minilm import MiniLM
        from ragkit.models.embedding.weights import MINILM_L6, MINILM_L6_INT8

        made = _minilm.get(model) or MiniLM(weights=MINILM_L6 if model == "minilm" else MINILM_L6_INT8)
        return _minilm.setdefault(model, made)
    if kind == "sentence-transformers" and name:
        from ragkit.models.embedding.sentence_transformers import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(name)
    if kind == "ollama" and name:
        from ragkit.models.served.ollama_embedder import OllamaEmbedder

        # One server for all of a store's vectors: another might have other weights under the same name.
        server = ollama_servers(config).first(name, lambda one: (one.show(name), one)[1])
        return OllamaEmbedder(server, name, keep_alive=config.models.keep_alive)
    message = f"{model!r} is no embedding model. Use minilm, minilm-int8, sentence-transformers:NAME or ollama:NAME."
    raise ConfigError(message, setting="models.embedding", value=model)
