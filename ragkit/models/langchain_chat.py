"""Any chat model of LangChain as an engine: its thoughts left out, its faults typed, what had come kept as partial."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import BaseModel

from ragkit.errors import ModelBusy, ModelError, ModelFailed, ModelTimeout, ModelUnavailable, RagkitError
from ragkit.models.thinking import ThoughtFilter

_BUSY = {429, 503}
_NOT_THERE = {401, 403, 404, 502, 504}


class LangChainChat(BaseChatModel):
    """Passes everything on to `inner`. Asking raises ModelError, or another RagkitError that `inner` raises itself.

    How long `inner` may be silent, and whether it asks twice, is for its own settings to say.
    """

    inner: BaseChatModel
    model: str

    @property
    def _llm_type(self) -> str:
        return f"ragkit-{self.inner._llm_type}"

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Leave it to `inner`: each kind of server has its own way."""
        return self.inner.with_structured_output(schema, include_raw=include_raw, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        thoughts = ThoughtFilter()
        with _typed(self.model, thoughts):
            said = self.inner.invoke(messages, stop=stop, **kwargs)
            thoughts.feed(str(said.text))
            thoughts.finish()
            self._check(thoughts)
        message = AIMessage(
            content=thoughts.shown, response_metadata=said.response_metadata, usage_metadata=said.usage_metadata
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        thoughts = ThoughtFilter()
        with _typed(self.model, thoughts):
            for said in self.inner.stream(messages, stop=stop, **kwargs):
                message = AIMessageChunk(
                    content=thoughts.feed(str(said.text)),
                    response_metadata=said.response_metadata,
                    usage_metadata=said.usage_metadata,
                )
                if thoughts.stray:
                    raise ModelFailed(
                        f"{self.model!r} did not mark where its thoughts begin. Turn its thinking off", model=self.model
                    )
                chunk = ChatGenerationChunk(message=message)
                if run_manager:
                    run_manager.on_llm_new_token(str(message.text), chunk=chunk)
                yield chunk
            rest = thoughts.finish()
            self._check(thoughts)
        yield ChatGenerationChunk(message=AIMessageChunk(content=rest))

    def _check(self, thoughts: ThoughtFilter) -> None:
        if thoughts.seen and not thoughts.shown.strip():
            raise ModelFailed(f"{self.model!r} thought, but gave no answer. Let it write more tokens", model=self.model)


@contextmanager
def _typed(model: str, thoughts: ThoughtFilter) -> Iterator[None]:
    """Make typed errors of whatever is raised. Its words are not repeated: they may hold the prompt, or a key."""
    try:
        yield
    except ModelError as error:
        error.partial = error.partial or thoughts.shown
        raise
    except (RagkitError, NotImplementedError):
        raise
    except Exception as exc:
        raise _fault(exc, model, thoughts.shown) from exc


def _fault(exc: Exception, model: str, partial: str) -> ModelError:
    what, status = type(exc).__name__, getattr(exc, "status_code", None)
    if isinstance(exc, TimeoutError | httpx.TimeoutException) or "Timeout" in what:
        message = f"{model!r} did not answer in time ({what}). Ask again, or give the model object a longer timeout"
        return ModelTimeout(message, model=model, partial=partial)
    if status in _BUSY:
        message = f"the server of {model!r} is busy ({status}). Ask again in a moment"
        return ModelBusy(message, model=model, partial=partial, retry_after=0)
    if status in _NOT_THERE or isinstance(exc, ConnectionError | httpx.ConnectError) or "APIConnection" in what:
        message = f"{model!r} can't be reached ({status or what}). Check its address, its name and its key"
        return ModelUnavailable(message, model=model, partial=partial)
    return ModelFailed(
        f"{model!r} failed ({status or what}). Look at its server's log, then ask again", model=model, partial=partial
    )
