"""Any chat model of LangChain as an engine: its thoughts left out, its faults typed, what had come kept as partial."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable

from ragkit.errors import ModelBusy, ModelError, ModelFailed, ModelTimeout, ModelUnavailable, RagkitError
from ragkit.models.chat.plain_chat import PlainChat, Question, Said
from ragkit.models.chat.structured import Answer, Schema

_BUSY = {429, 503}
_NOT_THERE = {401, 403, 404, 502, 504}


class LangChainChat(PlainChat):
    """Passes everything on to `inner`. Asking raises ModelError, or another RagkitError that `inner` raises itself.

    How long `inner` may be silent, and whether it asks twice, is for its own settings to say.
    """

    inner: BaseChatModel
    model: str

    def model_post_init(self, context: Any, /) -> None:
        """Have no answer held back of a model that takes its thoughts out itself, or is known to have none."""
        super().model_post_init(context)
        profile = self.inner.profile or {}
        if isinstance(self.inner, PlainChat) or profile.get("reasoning_output") is False:
            self._begins_inside = False

    @property
    def _llm_type(self) -> str:
        return f"ragkit-{self.inner._llm_type}"

    def with_structured_output(
        self, schema: Schema, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Answer]:
        """Leave it to `inner`: each kind of server has its own way."""
        return self.inner.with_structured_output(schema, include_raw=include_raw, **kwargs)

    @property
    def _called(self) -> str:
        return self.model

    def _said(self, question: Question) -> Iterator[Said]:
        ask = self.inner.stream if question.streamed else self._whole
        with _typed(self.model):
            for said in ask(question.messages, stop=question.stop, **question.kwargs):
                told = said.response_metadata
                yield Said(text=str(said.text), told=told, usage=said.usage_metadata)
        yield Said(text="", done=True)

    def _whole(self, messages: list[BaseMessage], **kwargs: Any) -> Iterator[AIMessage]:
        yield self.inner.invoke(messages, **kwargs)


@contextmanager
def _typed(model: str) -> Iterator[None]:
    """Make typed errors of whatever is raised. Its words are not repeated: they may hold the prompt, or a key."""
    try:
        yield
    except (RagkitError, NotImplementedError, CancelledError):
        raise
    except Exception as exc:
        raise _fault(exc, model) from exc


def _fault(exc: Exception, model: str) -> ModelError:
    what, status = type(exc).__name__, getattr(exc, "status_code", None)
    if isinstance(exc, TimeoutError | httpx.TimeoutException) or "Timeout" in what:
        message = f"{model!r} did not answer in time ({what}). Ask again, or give the model object a longer timeout"
        return ModelTimeout(message, model=model)
    if status in _BUSY:
        message = f"the server of {model!r} is busy ({status}). Ask again in a moment"
        return ModelBusy(message, model=model, retry_after=0)
    if status in _NOT_THERE or isinstance(exc, ConnectionError | httpx.ConnectError) or "APIConnection" in what:
        message = f"{model!r} can't be reached ({status or what}). Check its address, its name and its key"
        return ModelUnavailable(message, model=model)
    return ModelFailed(f"{model!r} failed ({status or what}). Look at its server's log, then ask again", model=model)
