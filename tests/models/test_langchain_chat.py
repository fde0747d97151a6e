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
from ragkit.models.chat.engine import ChatEngine
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


def streamed(chat: Any) -> list[str]:
    return [text for piece in chat.stream("Rent?") if (text := str(piece.text))]


def test_thought_that_the_template_began_is_in_no_stream_and_the_second_answer_comes_as_it_is_written() -> None:
    # Broken on purpose: `_begins_inside` False to begin with, in PlainChat.
    chat = engine(FakeListChatModel(responses=["secret</think>Thirty days.", "a < secret</think>Five."])).chat
    assert streamed(chat) == list("Thirty days.")
    assert streamed(chat) == list("Five.")


def test_first_answer_is_held_until_it_is_clear_and_the_next_comes_as_it_is_written() -> None:
    chat = engine(FakeListChatModel(responses=["Thirty days.", "Five."])).chat
    assert streamed(chat) == ["Thirty days."]
    assert streamed(chat) == list("Five.")


def test_model_that_begins_to_think_without_a_mark_is_stopped_and_the_next_answer_is_clean() -> None:
    chat = engine(FakeListChatModel(responses=["Thirty days.", "secret</think>Five.", "secret</think>Six."])).chat
    assert streamed(chat)
    with pytest.raises(ModelFailed, match="Ask again, or turn its thinking off") as caught:
        streamed(chat)
    assert (caught.value.partial, "".join(streamed(chat))) == ("", "Six.")


def test_model_that_thinks_no_longer_is_believed_at_the_second_answer() -> None:
    chat = engine(FakeListChatModel(responses=["secret</think>Yes.", "Five.", "Six."])).chat
    assert streamed(chat)
    with pytest.raises(ModelFailed, match="thought, but gave no answer"):
        streamed(chat)
    assert streamed(chat) == ["Six."]


def test_first_answer_of_a_model_that_is_known_not_to_think_comes_as_it_is_written() -> None:
    chat = engine(FakeListChatModel(responses=["Thirty days."], profile={"reasoning_output": False})).chat
    assert streamed(chat) == list("Thirty days.")
