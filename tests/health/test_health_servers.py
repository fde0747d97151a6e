import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from ragkit.config import Config, ModelsConfig, StoreConfig
from ragkit.health import Check, checks
from ragkit.health.ports import server
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.workspaces import NOBODY, workspace

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells everybody who listens where")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my store"


def every(of: Workspace, *, port: int = 1) -> list[Check]:
    with of:
        return list(checks(of, port=port))


def named(name: str, found: list[Check]) -> list[Check]:
    return [check for check in found if check.name == name]


def told(name: str, of: Workspace, *, port: int = 1) -> Check:
    return named(name, every(of, port=port))[-1]


def configured(folder: Path, *, chroma: str = "", **models: str) -> Config:
    return Config(store=StoreConfig(path=folder, chroma=chroma), models=ModelsConfig(**{"url": NOBODY} | models))


def test_no_ollama_is_a_warning_for_those_who_do_not_use_it(folder: Path) -> None:
    found = every(workspace(folder))
    ollama, chat = named("ollama", found)[0], named("chat model", found)[0]
    assert (ollama.level, ollama.fix) == ("warning", "To use it run: ollama serve")
    assert chat.level == "ok"
    assert "quotations" in chat.message


@pytest.mark.parametrize("models", [{"chat": "ollama:x"}, {"embedding": "ollama:bge-m3"}, {"reranker": "ollama:x"}])
def test_no_ollama_is_a_fault_for_those_who_do(folder: Path, models: dict[str, str]) -> None:
    made = workspace(folder, config=configured(folder, **models), chat=models.get("chat", "extractive"))
    ollama = told("ollama", made)
    assert (ollama.level, ollama.fix) == ("fault", "ollama serve")


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat("Hello."), WordEmbeddings()) as double:
        yield double


def test_an_ollama_that_answers_is_told_with_its_version(folder: Path, ollama: OllamaDouble) -> None:
    found = every(workspace(folder, config=configured(folder, url=ollama.url), chat="auto"))
    assert named("ollama", found) == [Check(name="ollama", level="ok", message=f"version 0.99.0 at {ollama.url}")]
    assert named("chat model", found)[0].message.startswith("ollama:scripted:latest")


def test_a_model_that_was_not_pulled_is_a_fault_with_the_command(folder: Path, ollama: OllamaDouble) -> None:
    config = configured(folder, url=ollama.url, chat="ollama:qwen3:4b", embedding="ollama:bge-m3")
    found = every(Workspace(config, embedding="ollama:bge-m3", chat="ollama:qwen3:4b"))
    faults = {check.name: check.fix for check in found if check.level == "fault"}
    assert faults == {"embedder": "ragkit models pull bge-m3", "chat model": "ragkit models pull qwen3:4b"}


def test_a_model_that_only_one_of_two_servers_has_is_a_warning(folder: Path, ollama: OllamaDouble) -> None:
    with OllamaDouble(ScriptedChat("Hello."), name="other:latest") as second:
        config = configured(folder, url=f"{ollama.url}, {second.url}", chat="ollama:scripted")
        lacking = told("ollama", workspace(folder, config=config, chat="ollama:scripted"))
    assert lacking.level == "warning"
    assert lacking.fix == f"RAGKIT_MODELS__URL={second.url} ragkit models pull scripted"


class Old(OllamaDouble):
    """An Ollama with a known hole."""

    def answer(self, method, path, body):  # type: ignore[no-untyped-def]
        return {"version": "0.11.4-rc1"} if path == "/api/version" else super().answer(method, path, body)


def test_an_ollama_with_a_known_hole_is_a_fault(folder: Path) -> None:
    with Old() as double:
        ollama = told("ollama", workspace(folder, config=configured(folder, url=double.url)))
    assert ollama.level == "fault"
    assert "CVE-2026-7482" in ollama.message
    assert "0.17.1" in ollama.fix


def test_servers_elsewhere_without_encryption_are_warnings(folder: Path) -> None:
    # It leads to this machine, as all that tests may call, and does not look like it.
    far = "http://127.1:9"
    found = every(workspace(folder, config=configured(folder, chroma=far, url=far, openai_url=f"{far}/v1")))
    warned = {check.name for check in found if "without encryption" in check.message and check.fix}
    assert warned == {"ollama", "chroma", "model server"}
    assert "asks nobody for a login" in named("chroma", found)[-1].message


@contextmanager
def listening(address: str) -> Iterator[int]:
    """Have a port that somebody listens at and nobody answers from."""
    with socket.create_server((address, 0)) as server:
        yield server.getsockname()[1]


@linux
@pytest.mark.timeout(20)
def test_servers_that_the_network_can_reach_are_warnings_with_the_way_to_start_them(folder: Path) -> None:
    # Broken on purpose: `address.is_loopback` for `not _is_loopback(address)` in health/ports.py.
    with listening("0.0.0.0") as port:
        url = f"http://127.0.0.1:{port}"
        models = ModelsConfig(url=url, openai_url=url, timeout=0.1)
        config = Config(store=StoreConfig(path=folder, chroma=url), models=models)
        found = every(workspace(folder, config=config))
    fixes = {check.name: check.fix for check in found if "the network can reach it" in check.message}
    assert fixes == {
        "ollama": "OLLAMA_HOST=127.0.0.1 ollama serve",
        "chroma": f"chroma run --host 127.0.0.1 --port {port}",
        "model server": "Start it so that it listens at 127.0.0.1 alone.",
    }


@linux
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_of_the_pages_is_a_warning_with_another_one(folder: Path, address: str) -> None:
    with listening(address) as port:
        pages = told("pages", workspace(folder), port=port)
    assert (pages.level, pages.message) == ("warning", f"another program has port {port}")
    assert int(pages.fix.removeprefix("ragkit ui --port ")) > port


class Answering(BaseHTTPRequestHandler):
    """Answers every path with the same words, under a name of its own."""

    words: ClassVar[bytes] = b"ok"
    server_name: ClassVar[str] = ""

    def version_string(self) -> str:
        return self.server_name

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(self.words)))
        self.end_headers()
        self.wfile.write(self.words)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class PythonChroma(Answering):
    """Says what it is written in, as Chroma's server in Python does."""

    server_name = "uvicorn"


@contextmanager
def answering(handler: type[Answering], address: str = "127.0.0.1") -> Iterator[int]:
    with ThreadingHTTPServer((address, 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_open_pages_are_no_fault(folder: Path) -> None:
    with answering(Answering) as port:
        pages = told("pages", workspace(folder), port=port)
    assert (pages.level, pages.message) == ("ok", f"pages are open at http://127.0.0.1:{port}")


@linux
def test_pages_that_the_network_can_reach_are_a_warning(folder: Path) -> None:
    with answering(Answering, "0.0.0.0") as port:
        pages = told("pages", workspace(folder), port=port)
    assert pages.level == "warning"
    assert pages.fix.endswith("ragkit ui")


class Served(Answering):
    """Says what `ragkit serve` says of its health."""

    words = b'{"status":"ok","server":"ragkit"}'


@linux
@pytest.mark.parametrize(("address", "level"), [("127.0.0.1", "ok"), ("0.0.0.0", "warning")])
def test_a_server_that_the_network_can_reach_is_a_warning(tmp_path: Path, address: str, level: str) -> None:
    with answering(Served, address) as port:
        (found,) = server(port, tmp_path / "keys.toml")
    assert (found.level, bool(found.fix)) == (level, level == "warning")


@linux
def test_a_file_of_keys_that_others_can_write_is_a_warning(tmp_path: Path) -> None:
    keys = tmp_path / "my keys.toml"
    keys.touch()
    keys.chmod(0o620)
    (found,) = server(1, keys)
    assert (found.level, found.fix) == ("warning", f"chmod 600 '{keys}'")


def test_a_chroma_server_that_answers_is_well_and_the_one_in_python_a_fault(folder: Path) -> None:
    levels = []
    for handler in (Answering, PythonChroma):
        with answering(handler) as port:
            url = f"http://127.0.0.1:{port}"
            levels.append(told("chroma", workspace(folder, config=configured(folder, chroma=url))).level)
    assert levels == ["ok", "fault"]


def test_no_chroma_server_is_a_fault_with_the_command(folder: Path) -> None:
    chroma = told("chroma", workspace(folder, config=configured(folder, chroma=NOBODY)))
    assert (chroma.level, chroma.fix) == ("fault", "chroma run --host 127.0.0.1 --port 9")


def test_an_address_that_is_none_is_a_fault(folder: Path) -> None:
    chroma = told("chroma", workspace(folder, config=configured(folder, chroma="ftp://host")))
    assert chroma.level == "fault"
    assert "is no address of a Chroma server" in chroma.message
