"""Chat models in this process: llama.cpp reads any GGUF file, no server needed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from ragkit.errors import ModelError, ModelFailed, PromptTooLong, RagkitError
from ragkit.models.gguf import read_header
from ragkit.models.llama_engine import EngineSettings, LlamaEngine, Reply, load
from ragkit.models.messages import to_turns
from ragkit.models.structured import Format, StructuredOutput, check_json, format_of, response_format
from ragkit.models.thinking import ThoughtFilter


class LlamaCppChat(StructuredOutput, BaseChatModel):
    """A GGUF file as a chat model of LangChain, with the chat template that the file holds.

    `window` is in tokens; what the model was trained on bounds it. `threads`: one is fastest where the processor is
    shared with others. `timeout` is in seconds, for the whole answer. Chats of the same path, window and threads
    share one loaded model; it is loaded at the first question and answers one at a time.

    Asking raises ModelUnavailable, ModelTimeout, ModelFailed or PromptTooLong, and MissingExtra without xllamacpp.

        chat = LlamaCppChat(path="SmolLM2-135M-Instruct.Q4_1.gguf", window=2048)
        print(chat.invoke("Name a colour.").text, chat.count_tokens("Name a colour."))

    Raises:
        ModelUnavailable: there is no such file, or it is no GGUF file.
    """

    path: Path
    window: int = Field(default=4096, ge=256)
    threads: int = Field(default=1, ge=1)
    num_predict: int = Field(default=1024, ge=1)
    temperature: float = 0.0
    seed: int = 0
    timeout: float = Field(default=600, gt=0)
    _engine: LlamaEngine | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        """Read the file's head: it says whether this is a model, and its longest window."""
        super().model_post_init(context)
        self.window = min(self.window, read_header(self.path).window or self.window)

    @property
    def model(self) -> str:
        """The name of the file, without its folder."""
        return self.path.stem

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens by the model's own tokenizer, without the chat template's.

        Raises:
            ModelUnavailable: llama.cpp can't load the file.
            MissingExtra: xllamacpp is not installed.
        """
        return self._loaded().count_tokens(text)

    def prepare(self) -> None:
        """Load the model now, not at the first question.

        Raises:
            ModelUnavailable: llama.cpp can't load the file.
            MissingExtra: xllamacpp is not installed.
        """
        self._loaded()

    @property
    def _llm_type(self) -> str:
        return "ragkit-llamacpp"

    def _loaded(self) -> LlamaEngine:
        if self._engine is None:
            self._engine = load(EngineSettings(path=self.path.resolve(), window=self.window, threads=self.threads))
        return self._engine

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        thoughts = ThoughtFilter()
        end: dict[str, Any] = {}
        for _text, told in self._pieces(self._request(messages, stop, kwargs), thoughts, format_of(kwargs)):
            end |= told
        message = AIMessage(content=thoughts.shown, **end)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        thoughts = ThoughtFilter()
        for text, told in self._pieces(self._request(messages, stop, kwargs), thoughts, format_of(kwargs)):
            if thoughts.stray:
                raise ModelFailed(
                    f"{self.model!r} did not mark where its thoughts begin. Ask without streaming", model=self.model
                )
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=text, **told))
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Reply:
        request: Reply = {
            "messages": list(to_turns(messages)),
            "max_tokens": kwargs.get("num_predict", self.num_predict),
            "temperature": kwargs.get("temperature", self.temperature),
            "seed": self.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
            # What begins as the prompt before is not read again.
            "cache_prompt": True,
        }
        return request | ({"stop": stop} if stop else {}) | response_format(format_of(kwargs))

    def _pieces(self, request: Reply, thoughts: ThoughtFilter, asked: Format) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what may be shown, with what the end of the answer tells; the last comes when it was checked."""
        reason, usage = "", Reply()
        try:
            for reply in self._loaded().replies(request, timeout=self.timeout):
                if fault := reply.get("error"):
                    raise self._refused(fault)
                for choice in reply.get("choices", ()):
                    reason = choice.get("finish_reason") or reason
                    if text := thoughts.feed(choice["delta"].get("content") or ""):
                        yield text, {}
                usage = reply.get("usage") or usage
            rest = thoughts.finish()
            self._check(reason, thoughts, asked)
        except ModelError as error:
            error.partial = thoughts.shown
            raise
        yield (
            rest,
            {
                "response_metadata": {"model_name": self.model, "done_reason": reason},
                "usage_metadata": _counted(usage),
            },
        )

    def _check(self, reason: str, thoughts: ThoughtFilter, asked: Format) -> None:
        if not reason:
            raise ModelFailed(f"{self.model!r} broke off. Ask again", model=self.model)
        if thoughts.seen and not thoughts.shown.strip():
            raise ModelFailed(f"{self.model!r} thought, but gave no answer. Raise num_predict", model=self.model)
        check_json(thoughts.shown, asked, model=self.model, cut_off=reason == "length")

    def _refused(self, fault: Reply) -> RagkitError:
        if fault.get("type") == "exceed_context_size_error":
            tokens = int(fault.get("n_prompt_tokens", 0))
            return PromptTooLong(
                f"the prompt of {tokens} tokens does not fit the window of {self.model!r} ({self.window}). "
                "Send less, or raise window",
                tokens=tokens,
                window=self.window,
            )
        return ModelFailed(
            f"{self.model!r} refused the request ({fault.get('code', 'no code')}). Check the messages and the format",
            model=self.model,
        )


def _counted(usage: Reply) -> UsageMetadata:
    """Return the tokens of a prompt and its answer; `cache_read` of the prompt had been read before."""
    read, written = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    known = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    return UsageMetadata(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written,
        input_token_details={"cache_read": known},
    )
