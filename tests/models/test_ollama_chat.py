"""What OllamaChat sends, what it makes of the answer, and when it refuses the answer."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from ragkit.errors import ModelFailed, ModelUnavailable, PromptTooLong, PromptTruncated
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_chat import OllamaChat
from ragkit.models.served.window import cut_length
from ragkit.testing import ScriptedChat
from ragkit.testing.ollama_server import OllamaDouble, Overflow

pytestmark = pytest.mark.timeout(20)

LONG = "Notice is thirty days. " * 400


class Person(BaseModel):
    name: str
    age: int


def words(text: str) -> int:
    """English as a tokenizer has it: four bytes a token."""
    return len(text.encode()) // 4


@pytest.fixture
def double() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat("Thirty days.")) as double:
        yield double


def chat_of(double: OllamaDouble, **settings: Any) -> OllamaChat:
    return OllamaChat(server=OllamaServer(double.url), model="scripted", **settings)


def replaying(*lines: dict[str, Any], capabilities: tuple[str, ...] = ("completion",), **settings: Any) -> OllamaChat:
    """A chat with a server that shows a model and then answers with these lines."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/show":
            info = {"llama.context_length": 4096}
            return httpx.Response(200, json={"model_info": info, "capabilities": capabilities})
        if request.url.path == "/api/ps":
            return httpx.Response(404, json={"error": "no"})
        return httpx.Response(200, content=b"".join(httpx.Response(200, json=line).content + b"\n" for line in lines))

    return OllamaChat(server=OllamaServer(transport=httpx.MockTransport(handle)), model="qwen3", **settings)


def said(text: str, *, thinking: str = "", **end: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "thinking": thinking}
    return {"message": message, "done": bool(end), **end}


def test_every_request_asks_for_the_window_and_forbids_cutting(double: OllamaDouble) -> None:
    chat = chat_of(double, num_ctx=4096, num_predict=64)
    chat.invoke("Notice period?")
    list(chat.stream("Notice period?"))
    for body in double.bodies("/api/chat"):
        assert body["options"] == {"num_ctx": 4096, "num_predict": 64, "temperature": 0.0, "seed": 0}
        assert (body["truncate"], body["shift"], body["keep_alive"]) == (False, False, "30m")


def test_window_is_bounded_by_what_the_model_was_trained_on(double: OllamaDouble) -> None:
    assert chat_of(double, num_ctx=100_000).window == 8192
    assert chat_of(double, num_ctx=2048).window == 2048


def test_messages_keep_their_roles_and_lose_their_thoughts(double: OllamaDouble) -> None:
    chat_of(double).invoke([SystemMessage("Be brief."), AIMessage("<think>no</think>Hello."), HumanMessage("Rent?")])
    assert double.bodies("/api/chat")[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Rent?"},
    ]


def test_answer_has_usage_and_reason(double: OllamaDouble) -> None:
    answer = chat_of(double).invoke("Notice period?")
    assert answer.text.strip() == "Thirty days."
    assert answer.response_metadata == {"model_name": "scripted", "done_reason": "stop"}
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == 6


def test_streamed_pieces_add_up_to_the_answer(double: OllamaDouble) -> None:
    pieces = list(chat_of(double).stream("Notice period?"))
    assert len(pieces) > 2
    assert "".join(piece.text for piece in pieces).strip() == "Thirty days."
    assert [piece.usage_metadata for piece in pieces if piece.usage_metadata]


def test_answer_that_was_cut_off_says_so() -> None:
    answer = replaying(said("Thirty"), said("", done_reason="length", eval_count=1)).invoke("Rent?")
    assert answer.response_metadata["done_reason"] == "length"


def test_unknown_model_names_the_command(double: OllamaDouble) -> None:
    with pytest.raises(ModelUnavailable, match="Run: ragkit models pull llama9"):
        OllamaChat(server=OllamaServer(double.url), model="llama9").invoke("Rent?")


@pytest.mark.parametrize(
    ("think", "capabilities", "sent"),
    [
        (None, ("completion", "thinking"), False),
        (None, ("completion",), None),
        ("low", ("completion", "thinking"), "low"),
    ],
)
def test_model_that_can_think_is_told_not_to(think: Any, capabilities: tuple[str, ...], sent: Any) -> None:
    chat = replaying(said("Yes.", done_reason="stop"), capabilities=capabilities, think=think)
    assert chat._thinking() == sent


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ((False, True), False),
        (("low", "medium", "high"), "low"),
        (("brief", "deep"), None),
        (("max", "minimal"), "minimal"),
    ],
)
def test_model_that_always_thinks_is_asked_to_think_little(
    double: OllamaDouble, values: tuple[bool | str, ...], sent: object
) -> None:
    # Broken on purpose: `least_thinking` returning False for each model that can think.
    double.thinking = values
    chat_of(double).invoke("Rent?")
    assert double.bodies("/api/chat")[0].get("think") == sent


@pytest.mark.parametrize(
    ("lines", "remedy"),
    [
        ((said("", done_reason="load"),), "Ask again"),
        ((said("", thinking="Hm."), said("", done_reason="length", eval_count=64)), "64 tokens. Set think=False"),
        ((said("<think>Hm"), said("", done_reason="length")), "raise num_predict"),
    ],
)
def test_answer_without_text_is_no_answer(lines: tuple[dict[str, Any], ...], remedy: str) -> None:
    with pytest.raises(ModelFailed, match=remedy):
        replaying(*lines).invoke("Rent?")


def test_thoughts_are_in_neither_answer_nor_stream_nor_partial() -> None:
    lines = [said("<thi"), said("nk>secret</th"), said("ink>\n\nThirty ", thinking="secret"), said("days.")]
    done = said("", done_reason="stop")
    assert replaying(*lines, done).invoke("Rent?").text == "Thirty days."
    assert "".join(piece.text for piece in replaying(*lines, done).stream("Rent?")) == "Thirty days."
    with pytest.raises(ModelFailed) as caught:
        replaying(*lines).invoke("Rent?")
    assert caught.value.partial == "Thirty days."


def test_thought_that_never_began_is_cut_from_the_answer_and_the_stream() -> None:
    lines = [said("secret"), said("</think>Thirty "), said("days."), said("", done_reason="stop")]
    assert replaying(*lines).invoke("Rent?").text == "Thirty days."
    assert [piece.text for piece in replaying(*lines).stream("Rent?") if piece.text] == ["Thirty ", "days."]


def test_schema_is_sent_and_the_answer_is_an_object() -> None:
    with OllamaDouble(ScriptedChat('{"name": "Anna", "age": 31}')) as double:
        chat = chat_of(double)
        assert chat.with_structured_output(Person).invoke("Who?") == Person(name="Anna", age=31)
        assert chat.with_structured_output(Person.model_json_schema()).invoke("Who?") == {"name": "Anna", "age": 31}
        assert double.bodies("/api/chat")[0]["format"]["required"] == ["name", "age"]


def test_response_format_of_openai_is_understood(double: OllamaDouble) -> None:
    schema = {"type": "array"}
    with pytest.raises(ModelFailed, match="not JSON"):
        chat_of(double).invoke("Who?", response_format={"type": "json_schema", "json_schema": {"schema": schema}})
    assert double.bodies("/api/chat")[0]["format"] == schema


@pytest.mark.parametrize("answer", ['{"name": "Anna"', '{"name": "Anna"}', "[]", '{"name": "Anna", "age": "old"}'])
def test_answer_that_breaks_the_schema_fails_with_its_text(answer: str) -> None:
    with pytest.raises(ModelFailed) as caught:
        replaying(said(answer, done_reason="stop")).with_structured_output(Person).invoke("Who?")
    assert caught.value.partial == answer


def test_server_that_honours_truncate_false_makes_a_typed_error(double: OllamaDouble) -> None:
    with pytest.raises(PromptTooLong) as caught:
        chat_of(double, num_ctx=1024).invoke(LONG)
    assert caught.value.window == 1024
    assert caught.value.tokens > 1024


@pytest.mark.parametrize(("overflow", "error"), [("truncate", PromptTruncated), ("refuse", PromptTooLong)])
@pytest.mark.parametrize("repeats", [180, 230, 400, 800])
def test_long_prompt_is_never_cut_in_silence(overflow: Overflow, error: type[Exception], repeats: int) -> None:
    with OllamaDouble(ScriptedChat("Yes."), overflow=overflow, count_tokens=words) as double:
        chat = chat_of(double, num_ctx=1024)
        with pytest.raises(error):
            chat.invoke("Notice is thirty days. " * repeats)
        with pytest.raises(error):
            list(chat.stream("Notice is thirty days. " * repeats))


def test_history_that_the_server_dropped_is_noticed() -> None:
    history = [HumanMessage("What of the rent? " * 60), AIMessage("It is due on the first. " * 60)] * 4
    with OllamaDouble(ScriptedChat("Yes."), overflow="truncate", count_tokens=words) as double:
        with pytest.raises(PromptTruncated):
            chat_of(double, num_ctx=1024).invoke([SystemMessage("Be brief."), *history, HumanMessage("And now?")])
        double.most_ctx = 1500
        with pytest.raises(PromptTruncated):
            chat_of(double).invoke([SystemMessage("Be brief."), *history, HumanMessage("And now?")])


def test_server_with_a_smaller_window_than_asked_for_is_noticed() -> None:
    with OllamaDouble(ScriptedChat("Yes."), overflow="truncate", count_tokens=words) as double:
        double.most_ctx = 1500
        with pytest.raises(PromptTruncated) as caught:
            chat_of(double, num_ctx=8192).invoke(LONG)
    assert caught.value.window == 1500


def test_smaller_window_is_noticed_even_if_the_server_does_not_tell_it() -> None:
    cut = said("Yes.", done_reason="stop", prompt_eval_count=cut_length(2048, keep=5))
    with pytest.raises(PromptTruncated):
        replaying(cut).invoke(LONG)


@pytest.mark.parametrize("read", [1, 40, 1000, 1999, 2050])
def test_prompt_that_was_partly_cached_is_no_alarm(read: int) -> None:
    done = said("Yes.", done_reason="stop", prompt_eval_count=read)
    assert replaying(done, num_ctx=4096).invoke("Notice is thirty days. " * 320 if read < 2000 else "Rent?").text


@pytest.mark.parametrize("bytes_a_token", [3, 4, 5])
def test_prompt_just_inside_the_window_is_no_alarm(bytes_a_token: int) -> None:
    def count(text: str) -> int:
        return len(text.encode()) // bytes_a_token

    with OllamaDouble(ScriptedChat("Yes."), overflow="truncate", count_tokens=count) as double:
        for repeats in range(1, 44 * bytes_a_token, 25):
            assert chat_of(double, num_ctx=1024).invoke("Notice is thirty days. " * repeats).text


@pytest.mark.parametrize(
    ("window", "keep", "left"), [(32768, 5, 16387), (4096, 4, 2050), (4096, 5, 2051), (65536, 4, 32770)]
)
def test_length_of_a_cut_prompt_is_the_one_seen_in_the_field(window: int, keep: int, left: int) -> None:
    assert cut_length(window, keep=keep) == left
