"""Chat models of LangChain that answer without their thoughts, whole or in pieces, every fault with what had come."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from ragkit.errors import ModelError, ModelFailed
from ragkit.models.cancellation import work
from ragkit.models.chat.messages import tells_cut_off
from ragkit.models.chat.structured import Answer, Schema, structured
from ragkit.models.chat.thinking import ThoughtFilter


@dataclass(frozen=True, kw_only=True)
class Said:
    """A piece of an answer, thoughts and all. `thinking` says that some were told beside it; the last is `done`."""

    text: str
    thinking: bool = False
    done: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)  # Any: LangChain's response_metadata
    usage: UsageMetadata | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: of `kwargs` each model takes what it knows."""

    messages: list[BaseMessage]
    stop: list[str] | None
    kwargs: dict[str, Any]  # Any: LangChain passes on whatever a caller gave
    streamed: bool


class PlainChat(BaseChatModel):
    """What our chat models have in common.

    Whether a model's template opens a thought, so that an answer has only the closing tag, is learnt from the first
    answer if nobody tells: that one is held back until it is clear. No number of characters makes it so, since a
    thought may have any.
    """

    more_tokens: ClassVar[str] = "Let it write more tokens"
    _begins_inside: bool | None = PrivateAttr(default=None)

    @property
    @abstractmethod
    def _called(self) -> str:
        """The model's name, as errors tell it."""

    @abstractmethod
    def _said(self, question: Question) -> Iterator[Said]:
        """Yield the answer as the model gives it, and at its end one piece that is done."""

    def with_structured_output(
        self, schema: Schema, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Answer]:
        """Return this model with its answers in a schema; see `structured`.

        Raises:
            NotImplementedError: `include_raw` was set.
        """
        del kwargs
        if include_raw:
            raise NotImplementedError
        return structured(self, schema, model=self._called)

    def _check(self, thoughts: ThoughtFilter, end: Said, question: Question) -> None:
        """Raise ModelFailed if this is no answer."""
        del question
        if thoughts.seen and not thoughts.shown.strip():
            tokens = (end.usage and end.usage["output_tokens"]) or "its"
            raise self._failed(f"thought, but gave no answer in {tokens} tokens. {self.more_tokens}")

    def _failed(self, what: str) -> ModelFailed:
        return ModelFailed(f"{self._called!r} {what}", model=self._called)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        question = Question(messages=messages, stop=stop, kwargs=kwargs, streamed=False)
        thoughts, told, usage = self._filter(), dict[str, Any](), None
        for piece in self._pieces(question, thoughts):
            told |= piece.told
            usage = piece.usage or usage
        message = AIMessage(content=thoughts.shown, response_metadata=told, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        question = Question(messages=messages, stop=stop, kwargs=kwargs, streamed=True)
        for piece in self._pieces(question, self._filter()):
            told = AIMessageChunk(content=piece.text, response_metadata=dict(piece.told), usage_metadata=piece.usage)
            chunk = ChatGenerationChunk(message=told)
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=chunk)
            yield chunk

    def _filter(self) -> ThoughtFilter:
        return ThoughtFilter(inside=self._begins_inside)

    def _pieces(self, question: Question, thoughts: ThoughtFilter) -> Iterator[Said]:
        """Yield the pieces with what may be shown as their text. The last one comes when the answer was checked."""
        begun = cut_off = False
        try:
            for piece in self._said(question):
                work().check()
                begun, cut_off = True, cut_off or tells_cut_off(piece.told)
                if piece.thinking:
                    thoughts.parted()
                text = thoughts.feed(piece.text) + (thoughts.finish() if piece.done else "")
                if piece.done:
                    self._learn(thoughts, whole=not cut_off)
                if thoughts.late and question.streamed:
                    self._begins_inside = True
                    raise self._failed("did not mark where its thoughts begin. Ask again, or turn its thinking off")
                if piece.done:
                    self._check(thoughts, piece, question)
                yield replace(piece, text=text)
        except ModelError as error:
            if begun:
                error.partial = thoughts.shown
            raise

    def _learn(self, thoughts: ThoughtFilter, *, whole: bool) -> None:
        if thoughts.stray:
            self._begins_inside = True
        elif self._begins_inside and thoughts.unclosed and whole:
            # It thinks no longer, or its template was changed.
            self._begins_inside = None
        elif self._begins_inside is None and thoughts.shown.strip() and whole:
            self._begins_inside = False
