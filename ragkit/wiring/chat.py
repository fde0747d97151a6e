"""The chat model that answers, and the servers that it may run on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.config import Config, addresses
from ragkit.errors import ConfigError, ModelError
from ragkit.models.chat.engine import EXTRACTIVE, ChatEngine, lately
from ragkit.models.embedding.embedder import Embedder

if TYPE_CHECKING:
    # LangChain takes half a second to import, and a search needs none of it.
    from langchain_core.language_models import BaseChatModel

    from ragkit.models.local.llamacpp import LlamaCppChat
    from ragkit.models.served.ollama import OllamaServer
    from ragkit.models.served.ollama_chat import OllamaChat
    from ragkit.models.served.openai_chat import OpenAIChat
    from ragkit.models.transport.servers import Servers

_KINDS = {"auto", "extractive", "ollama", "openai", "llamacpp"}


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
        from langchain_core.language_models import BaseChatModel

        if not isinstance(model, BaseChatModel):
            message = f"{type(model).__name__!r} is no chat model. Give a BaseChatModel of LangChain, or a string."
            raise ConfigError(message, setting="models.chat", value=model)
        name = called(model)
        from ragkit.models.chat.langchain_chat import LangChainChat

        return ChatEngine(name=name, chat=LangChainChat(inner=model, model=name), window=config.models.num_ctx)
    kind, _, name = model.partition(":")
    if model == "auto":
        return _auto(config, embedder)
    if model == "extractive":
        return _extractive(embedder())
    if kind == "ollama" and name:
        return ollama_engine(name, config)
    if kind == "llamacpp" and name:
        return _llamacpp(name, config)
    if kind == "openai" and name:
        return _openai(name, config)
    message = f"{model!r} is no chat model. Use auto, extractive, ollama:NAME, openai:NAME or llamacpp:PATH."
    hint = "" if kind.lower() in _KINDS else f" If Ollama has it: ollama:{model}"
    raise ConfigError(message + hint, setting="models.chat", value=model)


def called(model: object) -> str:
    """Return the name of a model of LangChain, as far as it tells: that of its class otherwise."""
    return str(getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__)


def ollama_server(config: Config) -> "OllamaServer":
    """Return a client of the first Ollama server in the settings; nothing is sent yet."""
    return ollama_servers(config).servers[0]


def ollama_servers(config: Config) -> "Servers[OllamaServer]":
    """Return clients of the Ollama servers in the settings; nothing is sent yet."""
    from ragkit.models.served.ollama import ollama_servers as served

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
            return ollama_engine(name, config)
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


def ollama_engine(name: str, config: Config) -> ChatEngine:
    """Return the engine of a model on the Ollama servers of the settings; nothing is sent yet."""
    from ragkit.models.served.ollama_chat import OllamaChat

    models = config.models
    chat = OllamaChat(
        server=ollama_servers(config),
        model=name,
        num_ctx=models.num_ctx,
        temperature=models.temperature,
        keep_alive=models.keep_alive,
    )
    return _engine(f"ollama:{name}", chat)


def _openai(name: str, config: Config) -> ChatEngine:
    from ragkit.models.served.openai_chat import OpenAIChat
    from ragkit.models.served.openai_server import openai_servers

    models, key = config.models, os.environ.get("RAGKIT_OPENAI_KEY", "")
    urls = addresses(models.openai_url)
    servers = openai_servers(urls, key=key, timeout=models.timeout, parallel=models.parallel)
    chat = OpenAIChat(server=servers, model=name, num_ctx=models.num_ctx, temperature=models.temperature)
    return _engine(f"openai:{name}", chat)


def _engine(name: str, chat: "LlamaCppChat | OllamaChat | OpenAIChat") -> ChatEngine:
    return ChatEngine(
        name=name,
        chat=chat,
        window=chat.window,
        count_tokens=chat.count_tokens,
        prepare=chat.prepare,
        digest=lately(chat.digest),
    )


def _llamacpp(path: str, config: Config) -> ChatEngine:
    from ragkit.models.local.llamacpp import LlamaCppChat

    models = config.models
    chat = LlamaCppChat(
        path=Path(path).expanduser(), window=models.num_ctx, threads=models.threads, temperature=models.temperature
    )
    return _engine(f"llamacpp:{Path(path).name}", chat)


def _extractive(embedder: Embedder) -> ChatEngine:
    from ragkit.models.extractive.extractive import ExtractiveChat

    chat = ExtractiveChat(embedder=embedder)
    # It reads passages of any length: its window is what memory allows, not what a model was trained on.
    return ChatEngine(name=EXTRACTIVE, chat=chat, window=1_000_000, digest=str, reads="passages")
