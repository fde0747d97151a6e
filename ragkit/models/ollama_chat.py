"""Chat models that an Ollama serves, with the whole prompt read or an error."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from ragkit.errors import ModelError, ModelFailed, PromptTruncated
from ragkit.models.messages import ChatTurn, to_turns
from ragkit.models.ollama import ChatPiece, ModelDetails, OllamaServer, Options, Think, prompt_tokens
from ragkit.models.structured import Format, StructuredOutput, check_json, format_of
from ragkit.models.thinking import ThoughtFilter

_FAR_ABOVE = 1.5  # times what was read: the estimate takes a token for three bytes, and most texts have four or five
_SURELY_OVER = 1.75  # times the window: such a prompt fits only with more than five bytes a token
_USUAL_WINDOWS = tuple(1 << power for power in range(11, 18))


def cut_length(window: int, *, keep: int) -> int:
    """Return how many tokens Ollama leaves of a prompt that is longer than the window: the half, roughly."""
    return window - max((window - keep) // 2, 1)


def _cut_lengths(window: int) -> set[int]:
    # num_keep is 4, and one more where the tokenizer begins a text with a token of its own.
    return {cut_length(window, keep=4), cut_length(window, keep=5)}


class OllamaChat(StructuredOutput, BaseChatModel):
    """A model of an Ollama as a chat model of LangChain. Thoughts are never part of an answer.

    `num_ctx` is the window asked for, in tokens; what the model was trained on bounds it. `num_predict` bounds the
    answer. `think` None means: off, if the model can think at all.

    Asking raises ModelUnavailable, ModelTimeout, ModelFailed, PromptTooLong or PromptTruncated.

        chat = OllamaChat(server=OllamaServer(), model="qwen3:4b")
        print(chat.invoke("Why is the sky blue?").text)
    """

    server: OllamaServer = Field(exclude=True)
    model: str
    num_ctx: int = Field(default=8192, ge=256)
    num_predict: int = Field(default=1024, ge=1)
    temperature: float = 0.0
    seed: int = 0
    keep_alive: str = "30m"
    think: Think = None
    _details: ModelDetails | None = PrivateAttr(default=None)

    @property
    def window(self) -> int:
        """The num_ctx that is sent. Asks the server once."""
        trained = self._told.window
        return min(self.num_ctx, trained) if trained else self.num_ctx

    @property
    def _llm_type(self) -> str:
        return "ragkit-ollama"

    @property
    def _told(self) -> ModelDetails:
        if self._details is None:
            self._details = self.server.show(self.model)
        return self._details

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
            for piece in self.server.chat(
                self.model,
                turns,
                options=self._options(stop, kwargs),
                format=asked,
                think=self._thinking(),
                keep_alive=self.keep_alive,
            ):
                text = thoughts.feed(piece.text)
                thoughts.seen |= bool(piece.thinking)
                if piece.done:
                    text += thoughts.finish()
                    self._check_window(prompt_tokens(turns), piece.prompt_tokens)
                    self._check_answer(piece, thoughts, asked)
                yield replace(piece, text=text)
        except ModelError as error:
            error.partial = thoughts.shown
            raise

    def _options(self, stop: list[str] | None, kwargs: dict[str, Any]) -> Options:
        options: dict[str, int | float | str | list[str]] = {
            "num_ctx": self.window,
            "num_predict": kwargs.get("num_predict", self.num_predict),
            "temperature": kwargs.get("temperature", self.temperature),
            "seed": self.seed,
        }
        return options | ({"stop": stop} if stop else {})

    def _thinking(self) -> Think:
        # A model that can't think answers 400 to think=true; one that can thinks unless it is told not to.
        if self.think is None and "thinking" in self._told.capabilities:
            return False
        return self.think

    def _check_answer(self, piece: ChatPiece, thoughts: ThoughtFilter, asked: Format) -> None:
        if not thoughts.shown.strip() and piece.done_reason == "load":
            raise self._failed("was loaded, but gave no answer. Ask again")
        if not thoughts.shown.strip() and thoughts.seen:
            raise self._failed(
                f"thought, but gave no answer in {piece.answer_tokens or 'its'} tokens. "
                "Set think=False, or raise num_predict"
            )
        check_json(thoughts.shown, asked, model=self.model)

    def _check_window(self, sent: int, read: int | None) -> None:
        """Raise if the server read less than was sent. A count alone proves nothing: a cache may make it smaller."""
        if not read or sent < _FAR_ABOVE * read:
            return
        loaded = self._loaded_window()
        windows = {self.window, loaded} if loaded else {self.window, *_USUAL_WINDOWS}
        cut = [size for size in sorted(windows) if size <= self.window and read in _cut_lengths(size)]
        known = min(loaded or self.window, self.window)
        if cut or (sent > _SURELY_OVER * known and read <= known):
            window = cut[0] if cut else known
            raise PromptTruncated(
                f"{self.model!r} read {read} tokens of a prompt of about {sent}: the server cut it to fit its window "
                f"of {window}. Send less, raise num_ctx, or update Ollama",
                tokens=sent,
                window=window,
            )

    def _loaded_window(self) -> int | None:
        """Return the window that the model is loaded with, or None if the server doesn't tell."""
        try:
            loaded = [model.window for model in self.server.running() if model.name in self._names()]
        except ModelError:
            return None  # no reason to lose the answer
        return loaded[0] if loaded else None

    def _names(self) -> tuple[str, str]:
        return self.model, f"{self.model}:latest"

    def _metadata(self, piece: ChatPiece) -> dict[str, str]:
        return {"model_name": self.model, "done_reason": piece.done_reason}

    def _failed(self, what: str) -> ModelFailed:
        return ModelFailed(f"{self.model!r} {what}", model=self.model)


def _usage(piece: ChatPiece) -> UsageMetadata | None:
    if not piece.done:
        return None
    read, written = piece.prompt_tokens or 0, piece.answer_tokens or 0
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
