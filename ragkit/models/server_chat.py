"""What chat models behind a server have in common: pieces in, an answer without thoughts out, every fault typed."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from ragkit.errors import ModelError, ModelFailed, PromptTooLong
from ragkit.models.messages import ChatTurn, to_turns
from ragkit.models.ollama_records import ChatPiece
from ragkit.models.structured import Format, StructuredOutput, check_json, format_of
from ragkit.models.thinking import ThoughtFilter
from ragkit.models.token_scale import TokenScale


class ServerChat(StructuredOutput, BaseChatModel):
    """A chat model of LangChain whose answers come from a server. Thoughts are never part of an answer."""

    model: str
    num_ctx: int = Field(default=8192, ge=256)
    num_predict: int = Field(default=1024, ge=1)
    temperature: float = 0.0
    seed: int = 0
    _scale: TokenScale = PrivateAttr(default_factory=TokenScale)

    def count_tokens(self, text: str) -> int:
        """Return an estimate that is rarely too low, and closer with every answer that told its count."""
        return self._scale.count(text)

    @abstractmethod
    def _answer(
        self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], asked: Format
    ) -> Iterator[ChatPiece]:
        """Yield the answer as the server writes it. The last piece comes when the window was checked."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        thoughts = ThoughtFilter()
        *_, last = self._pieces(to_turns(messages), stop, kwargs, thoughts)
        message = AIMessage(content=thoughts.shown, response_metadata=self._metadata(last), usage_metadata=_usage(last))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        thoughts = ThoughtFilter()
        for piece in self._pieces(to_turns(messages), stop, kwargs, thoughts):
            if thoughts.stray:
                raise self._failed("did not mark where its thoughts begin. Ask without streaming, or set think=False")
            message = AIMessageChunk(
                content=piece.text,
                response_metadata=self._metadata(piece) if piece.done else {},
                usage_metadata=_usage(piece),
            )
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=chunk)
            yield chunk

    def _pieces(
        self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], thoughts: ThoughtFilter
    ) -> Iterator[ChatPiece]:
        """Yield the pieces with what may be shown as their text. The last one comes when the answer was checked."""
        asked = format_of(kwargs)
        try:
            for piece in self._answer(turns, stop, kwargs, asked):
                text = thoughts.feed(piece.text)
                thoughts.seen |= bool(piece.thinking)
                if piece.done:
                    text += thoughts.finish()
                    self._check_answer(piece, thoughts, asked)
                    self._scale.learn([turn["content"] for turn in turns], piece.prompt_tokens)
                yield replace(piece, text=text)
        except PromptTooLong:
            self._scale.too_low()
            raise
        except ModelError as error:
            error.partial = thoughts.shown
            raise

    def _check_answer(self, piece: ChatPiece, thoughts: ThoughtFilter, asked: Format) -> None:
        if not thoughts.shown.strip() and piece.done_reason == "load":
            raise self._failed("was loaded, but gave no answer. Ask again")
        if not thoughts.shown.strip() and thoughts.seen:
            raise self._failed(
                f"thought, but gave no answer in {piece.answer_tokens or 'its'} tokens. "
                "Set think=False, or raise num_predict"
            )
        check_json(thoughts.shown, asked, model=self.model, cut_off=piece.done_reason == "length")

    def _metadata(self, piece: ChatPiece) -> dict[str, str]:
        return {"model_name": self.model, "done_reason": piece.done_reason}

    def _failed(self, what: str) -> ModelFailed:
        return ModelFailed(f"{self.model!r} {what}", model=self.model)


def _usage(piece: ChatPiece) -> UsageMetadata | None:
    if not piece.done:
        return None
    read, written = piece.prompt_tokens or 0, piece.answer_tokens or 0
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
