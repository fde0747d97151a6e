"""The client against a server on this machine, and every fault that an Ollama can have."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ragkit.errors import ConfigError, ModelError, ModelFailed, ModelTimeout, ModelUnavailable, PromptTooLong
from ragkit.models.chat.messages import ChatTurn
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.openai_server import OpenAIServer
from ragkit.models.transport.model_server import ModelServer
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble

pytestmark = pytest.mark.timeout(20)

ASKED: list[ChatTurn] = [{"role": "user", "content": "Notice period?"}]
LINE = b'{"message":{"role":"assistant","content":"Thirty "},"done":false}\n'
DONE = b'{"message":{"role":"assistant","content":"days."},"done":true,"done_reason":"stop"}\n'


@pytest.fixture
def double() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat("Thirty days."), WordEmbeddings()) as double:
        yield double


def answering(response: httpx.Response | Exception) -> OllamaServer:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    return OllamaServer("127.0.0.1", timeout=1, transport=httpx.MockTransport(handle))


def refusing(status: int, said: str) -> OllamaServer:
    return answering(httpx.Response(status, json={"error": said}))


def ask(server: OllamaServer) -> str:
    return "".join(piece.text for piece in server.chat("qwen3", ASKED, options={"num_ctx": 2048}))


def test_version_models_and_details_are_told(double: OllamaDouble) -> None:
    server = OllamaServer(double.url)
    assert server.version() == "0.99.0"
    assert [model.name for model in server.models()] == ["scripted:latest", "words:latest"]
    assert server.show("scripted").window == 8192
    assert server.show("words").capabilities == ("embedding",)


def test_model_is_running_with_its_window_after_the_first_question(double: OllamaDouble) -> None:
    server = OllamaServer(double.url)
    assert server.running() == []
    list(server.chat("scripted", ASKED, options={"num_ctx": 1024}))
    assert [(model.name, model.window) for model in server.running()] == [("scripted:latest", 1024)]


def test_answer_comes_in_pieces_and_ends_with_the_counts(double: OllamaDouble) -> None:
    *pieces, last = OllamaServer(double.url).chat("scripted", ASKED, options={"num_ctx": 1024})
    assert [piece.text for piece in pieces] == ["Thirty ", "days. "]
    assert last.done
    assert last.prompt_tokens == 6
    assert last.answer_tokens


def test_pull_tells_its_steps_and_the_model_is_there(double: OllamaDouble) -> None:
    double.library.add("qwen3:4b")
    server = OllamaServer(double.url)
    steps = list(server.pull("qwen3:4b"))
    assert (steps[1].completed, steps[1].total) == (500, 1000)
    assert steps[-1].status == "success"
    assert "qwen3:4b" in [model.name for model in server.models()]


def test_pull_of_an_unknown_name_says_where_names_are(double: OllamaDouble) -> None:
    with pytest.raises(ModelUnavailable, match=r"ollama\.com/library"):
        list(OllamaServer(double.url).pull("nonsense"))


def test_embedding_refuses_what_is_over_the_window(double: OllamaDouble) -> None:
    server = OllamaServer(double.url)
    with pytest.raises(PromptTooLong):
        server.embed("words", ["word " * 300], options={})
    assert len(server.embed("words", ["word " * 300, "b"], options={}, truncate=True)) == 2


@pytest.mark.parametrize(
    ("server", "kind", "remedy"),
    [
        (answering(httpx.ConnectError("no")), ModelUnavailable, "Run: ollama serve"),
        (answering(httpx.ConnectTimeout("no")), ModelUnavailable, "Run: ollama serve"),
        (answering(httpx.ReadTimeout("no")), ModelTimeout, "raise models.timeout"),
        (answering(httpx.ReadError("reset")), ModelFailed, "broke .ReadError.*ask again"),
        (answering(httpx.RemoteProtocolError("eof")), ModelFailed, "broke .RemoteProtocolError.*ask again"),
        (answering(httpx.Response(200, html="<h1>Hi</h1>")), ModelUnavailable, "not Ollama. Check the host and the"),
        (answering(httpx.Response(404, json={"detail": "Not Found"})), ModelUnavailable, "Check the host and the port"),
        (answering(httpx.Response(301, headers={"location": "//b/"})), ModelUnavailable, "Set models.url"),
        (answering(httpx.Response(401, text="no")), ModelUnavailable, "refused access .401"),
        (refusing(404, "model 'qwen3' not found"), ModelUnavailable, "Run: ragkit models pull qwen3"),
        (refusing(400, "input length exceeds the context length"), PromptTooLong, "Send less, or raise num_ctx"),
        (refusing(400, '"qwen3" does not support thinking'), ModelFailed, "ollama show qwen3"),
        (refusing(400, "options must be an object"), ModelFailed, "status 400"),
        (refusing(429, "slow down"), ModelUnavailable, "busy .429.*Ask again in a moment"),
        (refusing(500, "model requires more system memory (9 GiB)"), ModelUnavailable, "Take a smaller model"),
        (refusing(500, "runner stopped"), ModelFailed, "Look at Ollama's log"),
        (answering(httpx.Response(502, html="<h1>Bad</h1>")), ModelUnavailable, "gateway.*502.*Check that Ollama runs"),
        (refusing(503, "server busy, maximum pending requests exceeded"), ModelUnavailable, "OLLAMA_MAX_QUEUE"),
        (answering(httpx.Response(200, content=LINE + b'{"error":"boom"}\n')), ModelFailed, "in the middle"),
        (answering(httpx.Response(200, content=LINE)), ModelFailed, "ends early"),
        (answering(httpx.Response(200, content=LINE + DONE[:30])), ModelFailed, "not JSON"),
        (answering(httpx.Response(200, content=LINE + b'{"message": "\xff\xfe"}\n')), ModelFailed, "UTF-8"),
        (answering(httpx.Response(200, content=b"[" * 100_000 + b"\n")), ModelFailed, "not JSON"),
        (answering(httpx.Response(200, content=b"[1]\n")), ModelFailed, "another form"),
    ],
)
def test_fault_ends_typed_with_its_remedy(server: OllamaServer, kind: type[Exception], remedy: str) -> None:
    with pytest.raises(kind, match=remedy) as caught:
        ask(server)
    assert "boom" not in str(caught.value)
    if isinstance(caught.value, ModelError):
        assert caught.value.model == "qwen3"


def test_error_in_the_middle_keeps_the_text_so_far() -> None:
    server = answering(httpx.Response(200, content=LINE + b'{"error":"boom"}\n'))
    with pytest.raises(ModelFailed) as caught:
        ask(server)
    assert caught.value.partial == "Thirty "


def test_line_of_a_megabyte_is_read() -> None:
    body = json.dumps({"message": {"content": "a" * 1_000_000}, "done": True, "done_reason": "stop"}).encode()
    assert len(ask(answering(httpx.Response(200, content=body)))) == 1_000_000


def test_lines_may_be_split_anywhere() -> None:
    body = (LINE + b"\n" + DONE).replace(b"Thirty", "Dreißig".encode())
    for size in (1, 2, 7, 64):
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        assert ask(answering(httpx.Response(200, content=iter(pieces)))) == "Dreißig days."


def test_half_a_surrogate_pair_can_be_sent(double: OllamaDouble) -> None:
    turns: list[ChatTurn] = [{"role": "user", "content": "a \ud800 b"}]
    assert list(OllamaServer(double.url).chat("scripted", turns, options={}))


def read_request(connection: socket.socket) -> None:
    """Read it whole: closing a connection with something unread would reset it."""
    with connection.makefile("rb") as file:
        length = 0
        while (line := file.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        file.read(length)


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that sends what it likes and when it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                read_request(connection)
                try:
                    talk(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(2)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n"


def drip(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    for _ in range(100):
        connection.sendall(LINE)
        time.sleep(0.02)


def never_answer(connection: socket.socket) -> None:
    connection.settimeout(0.6)
    connection.recv(1)


def stall(connection: socket.socket) -> None:
    connection.sendall(HEAD + LINE)
    time.sleep(0.6)


def hang_up(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"%x\r\n%b\r\n" % (len(LINE), LINE))


@pytest.mark.parametrize(
    ("talk", "kind", "remedy"),
    [
        (never_answer, ModelTimeout, "silent for 0.3 s"),
        (stall, ModelTimeout, "silent for 0.3 s"),
        (drip, ModelTimeout, "not done after 0.5 s"),
        (hang_up, ModelFailed, "RemoteProtocolError"),
    ],
)
def test_slow_or_broken_connection_ends_in_time(
    talk: Callable[[socket.socket], None], kind: type[Exception], remedy: str
) -> None:
    start = time.monotonic()
    with raw_server(talk) as url, pytest.raises(kind, match=remedy):
        ask(OllamaServer(url, timeout=0.3, deadline=0.5))
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("server", "look"),
    [
        (OllamaServer, OllamaServer.models),
        (OllamaServer, OllamaServer.version),
        (OllamaServer, OllamaServer.running),
        (OllamaServer, lambda server: server.show("smollm")),
        (OpenAIServer, OpenAIServer.models),
        (OpenAIServer, lambda server: server.window("smollm")),
    ],
)
def test_a_server_that_says_nothing_holds_a_look_at_it_up_for_seconds_only(
    server: type[ModelServer], look: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Broken on purpose: `self._wire` in place of what `_looking` gives, in each, waits as long as for an answer.
    monkeypatch.setattr("ragkit.models.transport.model_server._LOOK", 0.3)
    with raw_server(never_answer) as url, pytest.raises(ModelTimeout, match=r"silent for 0\.3 s.* start it anew"):
        look(server(url, timeout=60))


def test_nothing_is_tried_twice() -> None:
    calls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(500, json={"error": "no"})

    with pytest.raises(ModelFailed):
        ask(OllamaServer(transport=httpx.MockTransport(handle)))
    assert calls == ["/api/chat"]


def test_proxy_of_the_environment_is_not_asked(double: OllamaDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert OllamaServer(double.url).version() == "0.99.0"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("box:8000", "http://box:8000"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://box", "http://box"),
        ("https://user:secret@box:1/", "https://box:1"),
        ("[::1]:11434", "http://[::1]:11434"),
    ],
)
def test_address_is_read_as_ollama_reads_it(written: str, meant: str) -> None:
    assert OllamaServer(written).url == meant


@pytest.mark.parametrize("written", ["", "ftp://box", "http://", "http://box:port", "file:///etc"])
def test_address_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="no address of Ollama"):
        OllamaServer(written)
