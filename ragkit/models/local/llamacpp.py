"""Chat models in this process: llama.cpp reads any GGUF file, no server needed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import UsageMetadata
from pydantic import Field, PrivateAttr

from ragkit.errors import ModelFailed, PromptTooLong, RagkitError
from ragkit.models.chat.engine import UNKNOWN
from ragkit.models.chat.messages import to_turns
from ragkit.models.chat.plain_chat import PlainChat, Question, Said
from ragkit.models.chat.structured import check_json, format_of, response_format
from ragkit.models.chat.thinking import ThoughtFilter
from ragkit.models.local.gguf import trained_window
from ragkit.models.local.llama_engine import EngineSettings, LlamaEngine, Reply, load


class LlamaCppChat(PlainChat):
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

    more_tokens: ClassVar[str] = "Raise num_predict"
    path: Path
    window: int = Field(default=4096, ge=256)
    threads: int = Field(default=1, ge=1)
    num_predict: int = Field(default=1024, ge=1)
    temperature: float = 0.0
    seed: int = 0
    timeout: float = Field(default=600, gt=0)
    _engine: LlamaEngine | None = PrivateAttr(default=None)
    # llama.cpp knows the template, and tells thoughts apart by itself.
    _begins_inside: bool | None = PrivateAttr(default=False)

    def model_post_init(self, context: Any, /) -> None:
        """Read the file's head: it says whether this is a model, and its longest window."""
        super().model_post_init(context)
        self.window = min(self.window, trained_window(self.path) or self.window)

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

    def digest(self) -> str:
        """Return a hash of the file's size and time: to read gigabytes for each answer would cost more than it."""
        try:
            found = self.path.stat()
        except OSError:
            return UNKNOWN
        return hashlib.sha256(f"{found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:12]

    @property
    def _called(self) -> str:
        return self.model

    @property
    def _llm_type(self) -> str:
        return "ragkit-llamacpp"

    def _loaded(self) -> LlamaEngine:
        if self._engine is None:
            self._engine = load(EngineSettings(path=self.path.resolve(), window=self.window, threads=self.threads))
        return self._engine

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

    def _said(self, question: Question) -> Iterator[Said]:
        request, reason, usage = self._request(question.messages, question.stop, question.kwargs), "", Reply()
        for reply in self._loaded().replies(request, timeout=self.timeout):
            if fault := reply.get("error"):
                raise self._refused(fault)
            for choice in reply.get("choices", ()):
                reason = choice.get("finish_reason") or reason
                if text := choice["delta"].get("content"):
                    yield Said(text=text)
            usage = reply.get("usage") or usage
        if not reason:
            raise self._failed("broke off. Ask again")
        yield Said(text="", done=True, told={"model_name": self.model, "done_reason": reason}, usage=_counted(usage))

    def _check(self, thoughts: ThoughtFilter, end: Said, question: Question) -> None:
        super()._check(thoughts, end, question)
        cut_off = end.told["done_reason"] == "length"
        check_json(thoughts.shown, format_of(question.kwargs), model=self.model, cut_off=cut_off)

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
