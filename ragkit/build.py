"""Where settings become objects: the one module that imports heavy parts when they are asked for."""

import difflib
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.config import Config, addresses
from ragkit.connector import Connector, connector_factory
from ragkit.connector_options import checked_options
from ragkit.errors import ConfigError, ModelError, ModelUnavailable
from ragkit.models.chat import EXTRACTIVE, ChatEngine
from ragkit.models.embedder import Embedder
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.rerank import JudgeReranker
from ragkit.store.deferred import DeferredIndexes
from ragkit.store.index import Indexes

if TYPE_CHECKING:
    # LangChain takes half a second to import, and a search needs none of it.
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from ragkit.models.groundedness import Grounder
    from ragkit.models.ollama import OllamaServer
    from ragkit.models.relevance import Judge
    from ragkit.models.servers import Servers


def connector(target: str, config: Config, *, name: str = "") -> Connector:
    """Return the connector for a source's name in the settings, an http address, or a file or folder.

    `name` is what the source is called; without it the connector says.

    Raises:
        ConfigError: the target is none of these, or the connector refuses its options.
        UnknownConnector: the source names a connector that is not installed.
    """
    if target in config.sources:
        source = config.sources[target]
        return _made(source.connector, {"name": name or target, **source.options}, setting=f"sources.{target}")
    named = {"name": name} if name else {}
    scheme, separator, _ = target.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        return _made("web", {"url": target, **named}, setting="target")
    path = None if separator else _existing(target)
    if path:
        size = config.limits.file_bytes
        return _made("files", {"path": str(path), "max_bytes": size, **named}, setting="target")
    near = difflib.get_close_matches(target, config.sources, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    known = f", or one of your sources: {', '.join(config.sources)}" if config.sources else ""
    what = f"has a scheme that is not read: {scheme!r}" if separator else "does not exist"
    message = f"{target!r} {what}. {hint}Give a file, a folder, an http address{known}."
    raise ConfigError(message, setting="target", value=target)


def _existing(target: str) -> Path | None:
    try:
        path = Path(target).expanduser()
        return path if path.exists() else None
    except PermissionError:
        # It is there: the connector says what is wrong with it.
        return path
    except (OSError, ValueError, RuntimeError):
        return None


def _made(name: str, options: Mapping[str, object], *, setting: str) -> Connector:
    factory = connector_factory(name)
    try:
        return factory(**checked_options(factory, options, connector=name, setting=setting))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the connector {name!r} refuses its options: {error}.", setting=setting) from error


def indexes(config: Config) -> Indexes:
    """Return where the store's vector indexes live: in its folder, or on the Chroma server of the settings."""
    # A relative path means another folder after a chdir.
    folder = config.store.path.absolute()
    if config.store.chroma:
        from ragkit.store.chroma_server import ServerIndexes

        return ServerIndexes(config.store.chroma, store=folder)
    return DeferredIndexes(lambda: _chroma(folder / "index"))


def _chroma(folder: Path) -> Indexes:
    from ragkit.store.chroma import ChromaIndexes

    return ChromaIndexes(folder)


def embedder(model: "Embedder | Embeddings | str", config: Config) -> Embedder:
    """Return the embedder of a model string (minilm, minilm-int8, ollama:NAME, ...) or of an object.

    Raises:
        ConfigError: the string is none of these.
        ModelUnavailable: the model is not there.
        MissingExtra: it needs a part that is not installed.
    """
    if not isinstance(model, str):
        from langchain_core.embeddings import Embeddings

        from ragkit.models.langchain_embedder import LangChainEmbedder

        return LangChainEmbedder(model, name=type(model).__name__) if isinstance(model, Embeddings) else model
    kind, _, name = model.partition(":")
    if model in {"minilm", "minilm-int8"}:
        from ragkit.models.minilm import MiniLM
        from ragkit.models.weights import MINILM_L6, MINILM_L6_INT8

        return MiniLM(weights=MINILM_L6 if model == "minilm" else MINILM_L6_INT8)
    if kind == "sentence-transformers" and name:
        from ragkit.models.sentence_transformers import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(name)
    if kind == "ollama" and name:
        from ragkit.models.ollama_embedder import OllamaEmbedder

        # One server for all of a store's vectors: another might have other weights under the same name.
        return OllamaEmbedder(ollama_servers(config).first(name, lambda one: (one.show(name), one)[1]), name)
    message = f"{model!r} is no embedding model. Use minilm, minilm-int8, sentence-transformers:NAME or ollama:NAME."
    raise ConfigError(message, setting="models.embedding", value=model)


def chat_engine(model: "BaseChatModel | str", config: Config, *, embedder: Callable[[], Embedder]) -> ChatEngine:
    """Return the engine of a model string (auto, extractive, ollama:NAME, ...) or of a LangChain model.

    `auto` is the first chat model of the Ollama server in the settings, else the GGUF of the settings, else
    extractive. `embedder` is called only if the extractive engine needs it.

    Raises:
        ConfigError: the string is none of these.
        ModelUnavailable: the model is not there.
        MissingExtra: it needs a part that is not installed.
    """
    if not isinstance(model, str):
        name = str(getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__)
        from ragkit.models.langchain_chat import LangChainChat

        return ChatEngine(name=name, chat=LangChainChat(inner=model, model=name), window=config.models.num_ctx)
    kind, _, name = model.partition(":")
    if model == "auto":
        return _auto(config, embedder)
    if model == "extractive":
        return _extractive(embedder())
    if kind == "ollama" and name:
        return _ollama(name, config)
    if kind == "llamacpp" and name:
        return _llamacpp(name, config)
    if kind == "openai" and name:
        return _openai(name, config)
    message = f"{model!r} is no chat model. Use auto, extractive, ollama:NAME, openai:NAME or llamacpp:PATH."
    raise ConfigError(message, setting="models.chat", value=model)


def reranker(config: Config, *, engine: Callable[[], ChatEngine]) -> JudgeReranker:
    """Return what `models.reranker` names: cross-encoder:NAME, onnx:FOLDER, ollama:NAME or chat.

    Its model is loaded when there is something to order. `engine` is called only for `chat`: the model that answers.

    Raises:
        ConfigError: the string is none of these.
    """
    setting = config.models.reranker
    kind, _, name = setting.partition(":")
    if setting == "chat":
        return JudgeReranker(lambda: _listwise(engine()))
    if kind == "ollama" and name:
        return JudgeReranker(lambda: _listwise(_ollama(name, config)))
    if kind in ("cross-encoder", "onnx") and name:
        return JudgeReranker(lambda: _cross_encoder(kind, name))
    message = f"{setting!r} is no reranker. Use cross-encoder:NAME, onnx:FOLDER, ollama:NAME or chat; empty means none."
    raise ConfigError(message, setting="models.reranker", value=setting)


def grounder(config: Config, engine: ChatEngine) -> "Grounder | None":
    """Return the judge of claims that `models.groundedness` names, if any. A wrong name is a ConfigError."""
    from ragkit.models.groundedness import chosen

    return chosen(config.models.groundedness, engine=engine, cross_encoder=_entailment)


def drafting(engine: ChatEngine) -> Drafting | None:
    """Return what writes drafts for a search with this engine; None if it can only quote."""
    return None if engine.name == EXTRACTIVE else Drafting(engine=engine)


def _listwise(engine: ChatEngine) -> "Judge":
    from ragkit.models.listwise import ListwiseJudge

    if engine.name == EXTRACTIVE:
        message = f"{EXTRACTIVE!r} only quotes and can't order passages. Set models.chat, or another models.reranker."
        raise ModelUnavailable(message, model=EXTRACTIVE)
    return ListwiseJudge(engine)


def _cross_encoder(kind: str, name: str) -> "Judge":
    if kind == "onnx":
        from ragkit.models.cross_encoder_onnx import OnnxCrossEncoderJudge

        return OnnxCrossEncoderJudge(Path(name).expanduser())
    from ragkit.models.cross_encoder import CrossEncoderJudge

    return CrossEncoderJudge(name)


@cache
def _entailment(name: str) -> "Grounder":
    from ragkit.models.entailment import EntailmentGrounder

    return EntailmentGrounder(name)


def ollama_server(config: Config) -> "OllamaServer":
    """Return a client of the first Ollama server in the settings; nothing is sent yet."""
    return ollama_servers(config).servers[0]


def ollama_servers(config: Config) -> "Servers[OllamaServer]":
    """Return clients of the Ollama servers in the settings; nothing is sent yet."""
    from ragkit.models.ollama import ollama_servers as served

    models = config.models
    return served(addresses(models.url), timeout=models.timeout, parallel=models.parallel)


def _auto(config: Config, embedder: Callable[[], Embedder]) -> ChatEngine:
    for server in ollama_servers(config).servers:
        try:
            name = _first_chat_model(server)
        except ModelError:
            # Not running is not an error here: the next engine is asked.
            continue
        if name:
            return _ollama(name, config)
    if config.models.gguf:
        return _llamacpp(config.models.gguf, config)
    return _extractive(embedder())


def _first_chat_model(server: "OllamaServer") -> str:
    """Return the first of the server's models that is not for embedding only; empty if there is none."""
    for model in server.models():
        able = server.show(model.name).capabilities
        # Old servers do not tell what a model can do.
        if "completion" in able or (not able and "embed" not in model.name):
            return model.name
    return ""


def _ollama(name: str, config: Config) -> ChatEngine:
    from ragkit.models.ollama_chat import OllamaChat

    models = config.models
    chat = OllamaChat(
        server=ollama_servers(config),
        model=name,
        num_ctx=models.num_ctx,
        temperature=models.temperature,
        keep_alive=models.keep_alive,
    )
    name = f"ollama:{name}"
    return ChatEngine(name=name, chat=chat, window=chat.window, count_tokens=chat.count_tokens, prepare=chat.prepare)


def _openai(name: str, config: Config) -> ChatEngine:
    from ragkit.models.openai_chat import OpenAIChat
    from ragkit.models.openai_server import openai_servers

    models, key = config.models, os.environ.get("RAGKIT_OPENAI_KEY", "")
    urls = addresses(models.openai_url)
    servers = openai_servers(urls, key=key, timeout=models.timeout, parallel=models.parallel)
    chat = OpenAIChat(server=servers, model=name, num_ctx=models.num_ctx, temperature=models.temperature)
    return ChatEngine(name=f"openai:{name}", chat=chat, window=chat.window, count_tokens=chat.count_tokens)


def _llamacpp(path: str, config: Config) -> ChatEngine:
    from ragkit.models.llamacpp import LlamaCppChat

    models = config.models
    chat = LlamaCppChat(
        path=Path(path).expanduser(), window=models.num_ctx, threads=models.threads, temperature=models.temperature
    )
    name = f"llamacpp:{Path(path).name}"
    return ChatEngine(name=name, chat=chat, window=chat.window, count_tokens=chat.count_tokens, prepare=chat.prepare)


def _extractive(embedder: Embedder) -> ChatEngine:
    from ragkit.models.extractive import ExtractiveChat

    # It reads passages of any length: its window is what memory allows, not what a model was trained on.
    return ChatEngine(name=EXTRACTIVE, chat=ExtractiveChat(embedder=embedder), window=1_000_000, reads="passages")
