"""Servers of OpenAI's protocol: what is sent, what is made of the answer, and how each fault ends."""

import json
from codecs import BOM_UTF8
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from ragkit import wiring
from ragkit.config import Config, ModelsConfig
from ragkit.errors import (
    ConfigError,
    ModelBusy,
    ModelFailed,
    ModelTimeout,
    ModelUnavailable,
    PromptTooLong,
    PromptTruncated,
)
from ragkit.models.served.openai_chat import OpenAIChat
from ragkit.models.served.openai_server import OpenAIServer, openai_servers
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.openai_server import Kind, OpenAIDouble

pytestmark = pytest.mark.timeout(20)

KEY = "sk-canary-1234"
LONG = "Notice is thirty days. " * 800


class Person(BaseModel):
    name: str
    age: int


def chat_of(double: OpenAIDouble, **settings: Any) -> OpenAIChat:
    return OpenAIChat(server=OpenAIServer(double.url, timeout=5), model="scripted", **settings)


def event(text: str = "", *, reason: str | None = None, **delta: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text, **delta}, "finish_reason": reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def usage(read: int) -> bytes:
    return b"data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": 2}}).encode()


def pieces_of(chat: OpenAIChat) -> list[str]:
    return [text for piece in chat.stream("Rent?") if (text := str(piece.text))]


DONE = b"\n\ndata: [DONE]\n\n"


def replaying(answer: httpx.Response | Exception, **settings: Any) -> OpenAIChat:
    """A chat with a server that tells its model and then answers with this."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [{"id": "m", "max_model_len": 4096}]})
        if isinstance(answer, Exception):
            raise answer
        return answer

    server = OpenAIServer("box", key=KEY, timeout=0.3, transport=httpx.MockTransport(handle))
    return OpenAIChat(server=server, model="m", **settings)


def streaming(*events: bytes, **settings: Any) -> OpenAIChat:
    body = b"".join(events)
    return replaying(httpx.Response(200, content=body, headers={"content-type": "text/event-stream"}), **settings)


def refusing(status: int, said: str) -> OpenAIChat:
    return replaying(httpx.Response(status, json={"error": {"message": said, "code": status}}))


@pytest.mark.parametrize("kind", ["vllm", "llama-server", "lm-studio"])
def test_each_kind_of_server_answers_and_tells_its_window(kind: Kind) -> None:
    with OpenAIDouble(ScriptedChat("Thirty days."), kind=kind, window=2048) as double:
        chat = chat_of(double)
        assert chat.window == 2048
        answer = chat.invoke([SystemMessage("Be brief."), AIMessage("<think>no</think>Hi."), HumanMessage("Rent?")])
        assert str(answer.text).strip() == "Thirty days."
        assert "".join(str(piece.text) for piece in chat.stream("Rent?")) == str(answer.text)
        body = double.bodies()[0]
        assert [turn["content"] for turn in body["messages"]] == ["Be brief.", "Hi.", "Rent?"]
        assert (body["max_tokens"], body["temperature"], body["stream"]) == (1024, 0.0, True)
        assert answer.usage_metadata is not None
        assert answer.usage_metadata["input_tokens"] == 9


def test_window_is_num_ctx_at_most_and_that_if_the_server_does_not_tell() -> None:
    with OpenAIDouble(ScriptedChat("Yes."), window=100_000) as double:
        assert chat_of(double, num_ctx=4096).window == 4096


def test_ollama_behind_v1_is_refused_because_it_ignores_the_window() -> None:
    # Broken on purpose: without the question for api/version in OpenAIServer.window its cuts go unnoticed.
    with OpenAIDouble(ScriptedChat("Yes."), kind="ollama") as double:
        with pytest.raises(ConfigError, match=r"cuts prompts in silence\. Set models.chat to 'ollama:scripted'"):
            chat_of(double).invoke("Rent?")
        assert double.bodies() == []


@pytest.mark.parametrize(
    ("kind", "error"), [("vllm", PromptTooLong), ("llama-server", PromptTooLong), ("lm-studio", PromptTruncated)]
)
def test_long_prompt_is_never_cut_in_silence(kind: Kind, error: type[Exception]) -> None:
    # Broken on purpose: `return` first in OpenAIChat._check_window.
    with OpenAIDouble(ScriptedChat("Yes."), kind=kind, window=1024, count_tokens=lambda text: len(text) // 4) as double:
        with pytest.raises(error):
            chat_of(double).invoke(LONG)
        with pytest.raises(error):
            list(chat_of(double).stream([HumanMessage("What of the rent? " * 60)] * 8))


def test_prompt_and_answer_together_fit_the_window() -> None:
    with OpenAIDouble(ScriptedChat("Yes."), kind="vllm", window=1024) as double:
        assert chat_of(double).invoke("Notice is thirty days. " * 80).text
        assert double.bodies()[0]["max_tokens"] < 400


def test_server_that_still_loads_is_asked_again() -> None:
    with OpenAIDouble(ScriptedChat("Yes."), kind="llama-server") as double:
        double.loading = 1
        assert chat_of(double).invoke("Rent?").text


def test_schema_is_sent_and_the_answer_is_an_object() -> None:
    with OpenAIDouble(ScriptedChat('{"name": "Anna"}', '{"name": "Anna", "age": 31}')) as double:
        assert chat_of(double).with_structured_output(Person).invoke("Who?") == Person(name="Anna", age=31)
        first, second = double.bodies()
        assert first["response_format"]["json_schema"]["schema"]["required"] == ["name", "age"]
        assert len(second["messages"]) == 3


@pytest.mark.parametrize(
    ("chat", "kind", "remedy"),
    [
        (replaying(httpx.ConnectError("no")), ModelUnavailable, "Start it, or correct models.openai_url"),
        (replaying(httpx.ReadTimeout("no")), ModelTimeout, "raise models.timeout"),
        (replaying(httpx.ReadError("reset")), ModelFailed, "ask again"),
        (replaying(httpx.Response(200, html="<h1>Hi</h1>")), ModelUnavailable, "most end in /v1"),
        (replaying(httpx.Response(404, json={"detail": "Not Found"})), ModelUnavailable, "most end in /v1"),
        (refusing(404, "The model `m` does not exist."), ModelUnavailable, "set models.chat"),
        (refusing(401, "Unauthorized"), ModelUnavailable, "Set RAGKIT_OPENAI_KEY"),
        (refusing(400, "This model's maximum context length is 4096 tokens."), PromptTooLong, "Send less"),
        (refusing(400, "the request exceeds the available context size"), PromptTooLong, "larger window"),
        (refusing(400, "unknown argument: boom"), ModelFailed, "status 400"),
        (refusing(429, "slow down"), ModelBusy, "Ask again in a moment"),
        (refusing(502, "boom"), ModelUnavailable, "Check that the server runs"),
        (refusing(503, "boom"), ModelBusy, "Ask again in a moment"),
        (refusing(500, "CUDA out of memory"), ModelUnavailable, "Take a smaller model"),
        (streaming(event("Thirty "), b'data: {"error": {"message": "boom"}}\n\n'), ModelFailed, "in the middle"),
        (streaming(event("Thirty ")), ModelFailed, "ends early"),
        (streaming(event("Thirty "), b"data: {\xff}\n\n"), ModelFailed, "UTF-8"),
        (streaming(b'{"choices": []}\n'), ModelFailed, "no stream"),
        (
            streaming(b'{"error": {"message": "boom: prompt exceeds the maximum context length"}}'),
            PromptTooLong,
            "less",
        ),
        (streaming(b'error: {"message": "boom: exceeds the available context size"}\n\n'), PromptTooLong, "less"),
        (streaming(b'data: {"object": "error", "message": "maximum context length"}\n\n'), PromptTooLong, "less"),
        (streaming(event("<think>Hm"), event(reason="length"), DONE), ModelFailed, "raise num_predict"),
        (streaming(event(reasoning_content="Hm"), event(reason="length"), DONE), ModelFailed, "think=False"),
    ],
)
def test_fault_ends_typed_with_its_remedy(chat: OpenAIChat, kind: type[Exception], remedy: str) -> None:
    with pytest.raises(kind, match=remedy) as caught:
        chat.invoke("Rent?")
    assert "boom" not in str(caught.value)
    assert KEY not in str(caught.value) + repr(chat) + repr(chat.server)


@pytest.mark.parametrize(
    "events",
    [
        (BOM_UTF8, event("Thirty "), event("days.", reason="stop")),
        (b": keep-alive\r\n\r\n", event("Thirty "), b"data:\n\n", event("days.", reason="stop")),
        (event("Thirty "), event("days.", reason="stop"), DONE, event(" And more.")),
        (
            event("Thirty "),
            event("days.", reason="stop"),
            b'data: {"choices": [{"index": 1, "delta": {"content": "B"}}]}',
        ),
        (event("Thirty days.", reason="stop"), usage(-1)),
        (event("Thirty days."), event(reason="stop")),
    ],
    ids=["mark of byte order", "keep-alive", "text after the end", "second choice", "count below 0", "no end sign"],
)
def test_ways_of_other_servers_change_no_word(events: tuple[bytes, ...]) -> None:
    # Broken on purpose, the first one: no `removeprefix(BOM_UTF8)`, and the first words of the answer are lost.
    assert streaming(*events).invoke("Rent?").text == "Thirty days."


def test_error_in_the_middle_keeps_the_text_so_far() -> None:
    with pytest.raises(ModelFailed) as caught:
        list(streaming(event("Thirty "), b'data: {"error": "boom"}\n\n').stream("Rent?"))
    assert caught.value.partial == "Thirty "


def test_thoughts_are_not_in_the_answer() -> None:
    events = event(reasoning_content="secret"), event("<think>secret</think>Thirty "), event("days.", reason="stop")
    chat = streaming(b": hello\r\n\r\n", *events, usage(9), DONE)
    assert chat.invoke("Rent?").text == "Thirty days."
    assert "".join(str(piece.text) for piece in chat.stream("Rent?")) == "Thirty days."


def test_answer_that_reached_its_length_says_so() -> None:
    assert (
        streaming(event("Thirty", reason="length"), DONE).invoke("Rent?").response_metadata["done_reason"] == "length"
    )


def test_settings_name_the_server_and_the_environment_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_OPENAI_KEY", KEY)
    with OpenAIDouble(ScriptedChat("Yes."), key=KEY) as double:
        config = Config(models=ModelsConfig(openai_url=double.url, timeout=5))
        engine = wiring.chat_engine("openai:scripted", config, embedder=WordEmbeddings)
        assert (engine.name, engine.window) == ("openai:scripted", 8192)
        assert str(engine.chat.invoke("Rent?").text).strip() == "Yes."
        assert isinstance(engine.chat, OpenAIChat)
        assert KEY not in repr(engine) + repr(config) + engine.chat.model_dump_json()
        with pytest.raises(ModelUnavailable, match=r"'other' is not on .* It has 'scripted'"):
            wiring.chat_engine("openai:other", config, embedder=WordEmbeddings)


@pytest.mark.parametrize("url", ["", "ftp://box", "http://"])
def test_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    config = Config(models=ModelsConfig(openai_url=url))
    with pytest.raises(ConfigError, match=r"Set models\.openai_url like 'http://127\.0\.0\.1:8000/v1'"):
        wiring.chat_engine("openai:m", config, embedder=WordEmbeddings)


@pytest.mark.parametrize(
    ("written", "asked"), [("box:8000", "http://box:8000/v1/models"), ("http://box/api/v1", "http://box/api/v1/models")]
)
def test_address_ends_in_v1_if_it_has_no_path(written: str, asked: str) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"data": []})

    OpenAIServer(written, transport=httpx.MockTransport(handle)).models()
    assert seen == [asked]


@pytest.mark.parametrize(("kind", "asked"), [("vllm", 3), ("llama-server", 1), ("lm-studio", 2)])
def test_first_answer_is_streamed_if_the_server_tells_that_no_thought_was_begun(kind: Kind, asked: int) -> None:
    # Broken on purpose: `_filter` of OpenAIChat that asks nobody, or before every answer.
    with OpenAIDouble(ScriptedChat("Thirty days, or five."), kind=kind) as double:
        chat = chat_of(double)
        first, second = pieces_of(chat), pieces_of(chat)
    templates = [path for path, _ in double.requests if "token" in path or "template" in path]
    assert (len(first) > 1, len(second) > 1) == (kind != "lm-studio", True)
    assert len(templates) == (2 if kind == "lm-studio" else asked)


@pytest.mark.parametrize("kind", ["vllm", "llama-server", "lm-studio"])
@pytest.mark.parametrize("said", ["a secret </think>Thirty days.", "Thirty days."])
def test_thought_that_the_template_begins_is_never_shown_whether_the_server_takes_it_out_or_not(
    kind: Kind, said: str
) -> None:
    # Broken on purpose: `_opens` that is True where the prompt ends inside a thought, or False whatever it tells.
    with OpenAIDouble(ScriptedChat(said), kind=kind, opens="<think>\n") as double:
        assert "".join(pieces_of(chat_of(double))).strip() == "Thirty days."


def test_a_second_server_that_tells_nothing_has_the_first_answer_held_back() -> None:
    # Broken on purpose: `any` instead of `all` in `_opens`.
    said = ScriptedChat("a secret </think>Thirty days.")
    with OpenAIDouble(said, kind="vllm") as one, OpenAIDouble(said, kind="lm-studio") as other:
        servers = openai_servers([one.url, other.url], key="", timeout=5, parallel=1)
        assert "".join(pieces_of(OpenAIChat(server=servers, model="scripted"))).strip() == "Thirty days."


def test_first_answer_is_streamed_once_the_server_gave_the_thought_beside_it() -> None:
    # Broken on purpose: `parted` that is not called in PlainChat.
    reasoned = [event(reasoning_content="a secret"), event("Thirty "), event("days."), event(reason="stop")]
    assert pieces_of(streaming(*reasoned, usage(40), DONE)) == ["Thirty ", "days."]
