"""A client that goes away: what was done for it ends at once, whatever the model is doing."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_chat import OllamaChat
from ragkit.models.transport.waiting_line import WaitingLine
from ragkit.server.app import application
from ragkit.testing.ollama_server import OllamaDouble
from tests.server.served import QUESTION, filled, server
from tests.server.slow import Silent, Slow

pytestmark = pytest.mark.timeout(60)
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("ask", {"question": QUESTION, "stream": True}),
    ("chat/completions", {"model": "support", "messages": [{"role": "user", "content": QUESTION}], "stream": True}),
    ("ask", {"question": QUESTION}),
]
# In seconds: less than the server's own sign of life, by which it would notice sooner or later.
AT_ONCE = 1.0


def asking(url: str, path: str, body: dict[str, Any]) -> socket.socket:
    """Ask, and return the connection: who closes it has gone away."""
    host, _, port = urlsplit(url).netloc.partition(":")
    content = json.dumps(body).encode()
    head = f"POST /v1/{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    return connection


def served_chat(double: OllamaDouble, line: WaitingLine | None = None) -> OllamaChat:
    return OllamaChat(server=OllamaServer(double.url, line=line), model="scripted:latest")


def is_free(url: str) -> bool:
    """Say whether the one place of a server is taken no more, or not for long."""
    end = time.monotonic() + AT_ONCE
    while time.monotonic() < end:
        if httpx.post(f"{url}/v1/search", json={"query": "refund"}).is_success:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("word", ["Five days [1]. ", "<think>Hm. "])
@pytest.mark.parametrize(("path", "body"), ASKED)
def test_a_model_that_writes_or_thinks_is_stopped(tmp_path: Path, path: str, body: dict[str, Any], word: str) -> None:
    # Broken on purpose: `cancel` left out of `Work.pieces`, `check` out of `PlainChat._pieces`.
    chat = Slow(word)
    with filled(tmp_path / "store", chat=chat) as made, server(application(made)) as url:
        with asking(url, path, body):
            assert chat._begun.wait(10)
        assert chat._left.wait(AT_ONCE)


@pytest.mark.parametrize(("path", "body"), ASKED)
def test_a_server_that_says_nothing_yet_is_left(tmp_path: Path, path: str, body: dict[str, Any]) -> None:
    # Broken on purpose: `interruptible` left out of `Wire._answer`; `_gone` left out of `outcome`.
    with Silent() as double, filled(tmp_path / "store", chat=served_chat(double), questions=1) as made:
        with server(application(made)) as url:
            with asking(url, path, body):
                assert double.asked.acquire(timeout=10)
            assert is_free(url)
            assert not double.go.is_set()
        double.go.set()


def test_a_place_in_the_line_of_a_model_is_left(tmp_path: Path) -> None:
    # Broken on purpose: `asked.cancelled` left out of `WaitingLine.place`.
    line = WaitingLine(most=1)
    with (
        Silent() as double,
        filled(tmp_path / "store", chat=served_chat(double, line), questions=2) as made,
        server(application(made)) as url,
        asking(url, *ASKED[0]),
    ):
        assert double.asked.acquire(timeout=10)
        with asking(url, "ask", {"question": "Who may ask for a refund?"}):
            until(lambda: line.before == 2)
        until(lambda: line.before == 1)
        assert is_free(url)
        double.go.set()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
