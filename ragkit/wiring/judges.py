"""What looks again at passages and claims: rerankers, groundedness; and what drafts for a search."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.config import Config
from ragkit.errors import ConfigError, ModelUnavailable
from ragkit.models.chat.engine import EXTRACTIVE, ChatEngine
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.stages.rerank import JudgeReranker
from ragkit.wiring.chat import ollama_engine

if TYPE_CHECKING:
    from ragkit.models.judging.groundedness import Grounder
    from ragkit.models.judging.relevance import Judge


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
        return JudgeReranker(lambda: _listwise(ollama_engine(name, config)))
    if kind in ("cross-encoder", "onnx") and name:
        return JudgeReranker(lambda: _cross_encoder(kind, name))
    message = f"{setting!r} is no reranker. Use cross-encoder:NAME, onnx:FOLDER, ollama:NAME or chat; empty means none."
    raise ConfigError(message, setting="models.reranker", value=setting)


def grounder(config: Config, engine: ChatEngine) -> "Grounder | None":
    """Return what `models.groundedness` names, chat or cross-encoder:NAME; None if empty, or if `engine` only quotes.

    Raises:
        ConfigError: the string is none of these.
        ModelError: the cross-encoder can't be loaded.
    """
    setting = config.models.groundedness
    kind, _, name = setting.partition(":")
    if kind == "cross-encoder" and name:
        return _entailment(name)
    if setting not in ("", "chat"):
        message = f"{setting!r} judges no claims. Use chat or cross-encoder:NAME; empty means none."
        raise ConfigError(message, setting="models.groundedness", value=setting)
    if not setting or engine.name == EXTRACTIVE:
        return None
    from ragkit.models.judging.groundedness import ChatGrounder

    return ChatGrounder(engine)


def drafting(engine: ChatEngine) -> Drafting | None:
    """Return what writes drafts for a search with this engine; None if it can only quote."""
    return None if engine.name == EXTRACTIVE else Drafting(engine=engine)


def _listwise(engine: ChatEngine) -> "Judge":
    from ragkit.models.judging.listwise import ListwiseJudge

    if engine.name == EXTRACTIVE:
        message = f"{EXTRACTIVE!r} only quotes and can't order passages. Set models.chat, or another models.reranker."
        raise ModelUnavailable(message, model=EXTRACTIVE)
    return ListwiseJudge(engine)


def _cross_encoder(kind: str, name: str) -> "Judge":
    if kind == "onnx":
        from ragkit.models.judging.cross_encoder_onnx import OnnxCrossEncoderJudge

        return OnnxCrossEncoderJudge(Path(name).expanduser())
    from ragkit.models.judging.cross_encoder import CrossEncoderJudge

    return CrossEncoderJudge(name)


@cache
def _entailment(name: str) -> "Grounder":
    from ragkit.models.judging.cross_encoder import EntailmentGrounder

    return EntailmentGrounder(name)
