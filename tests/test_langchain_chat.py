"""Any chat model of LangChain: its faults typed, what had come kept, its thoughts left out."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from ragkit import wiring
from ragkit.config import Config
from ragkit.errors import ModelBusy, ModelError, ModelFailed, ModelTimeout, ModelUnavailable, PromptTooLong
from ragkit.models.chat import ChatEngine
from ragkit.testing import ScriptedChat, WordEmbeddings


class StatusError(Exception):
    """What the clients of hosted models raise."""

    def __init__(self, status_code: int) -> None:
        super().__init__("a canary of the prompt")
        self.status_code = status_code


class Breaking(ScriptedChat):
    """Says its words, then fails."""

    fault: Any = None

    def __init__(self, fault: Exception, *replies: str) -> None:
        super().__init__(*replies)
        self.fault = fault

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content="<think>secret</think>Thirty "))
        raise self.fault


def engine(chat: Any) -> ChatEngine:
    return wiring.chat_engine(chat, Config(), embedder=WordEmbeddings)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ReadTimeout("a canary"), ModelTimeout),
        (TimeoutError("a canary"), ModelTimeout),
        (httpx.ConnectError("a canary"), ModelUnavailable),
        (ConnectionResetError("a canary"), ModelUnavailable),
        (StatusError(401), ModelUnavailable),
        (StatusError(404), ModelUnavailable),
        (StatusError(429), ModelBusy),
        (StatusError(500), ModelFailed),
        (ValueError("a canary"), ModelFailed),
        (KeyError("a canary"), ModelFailed),
        (ModelFailed("said before", model="m"), ModelFailed),
    ],
)
def test_fault_ends_typed_and_what_had_come_is_kept(fault: Exception, kind: type[ModelError]) -> None:
    # Broken on purpose: `except Exception` left out of langchain_chat._typed.
    with pytest.raises(kind) as caught:
        list(engine(Breaking(fault)).chat.stream("Rent?"))
    assert type(caught.value) is kind
    assert caught.value.partial == "Thirty "
    assert "canary" not in str(caught.value)


def test_errors_of_ours_that_are_no_fault_of_the_model_pass() -> None:
    with pytest.raises(PromptTooLong):
        list(engine(Breaking(PromptTooLong("long", tokens=2, window=1))).chat.stream("Rent?"))


@pytest.mark.parametrize("said", ["<think>secret</think>Thirty days.", "Thirty days."])
def test_thoughts_are_left_out_of_the_answer_and_the_stream(said: str) -> None:
    chat = engine(FakeListChatModel(responses=[said])).chat
    assert str(chat.invoke("Rent?").text) == "Thirty days."
    assert "".join(str(piece.text) for piece in chat.stream("Rent?")) == "Thirty days."


def test_thought_without_an_answer_is_a_fault() -> None:
    with pytest.raises(ModelFailed, match="Let it write more tokens"):
        engine(ScriptedChat("<think>secret")).chat.invoke("Rent?")


def test_thought_that_never_began_ends_the_stream() -> None:
    chat = engine(FakeListChatModel(responses=["secret</think>Thirty days."])).chat
    assert str(chat.invoke("Rent?").text) == "Thirty days."
    with pytest.raises(ModelFailed, match="Turn its thinking off"):
        list(chat.stream("Rent?"))
