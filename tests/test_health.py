import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.config import AssistantConfig, Config, ModelsConfig, StoreConfig
from ragkit.health import Check, checks
from ragkit.testing import MemoryIndexes, ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.workspaces import NOBODY, filled, workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my store"


def found(of: Workspace) -> dict[str, Check]:
    with of:
        return {check.name: check for check in checks(of)}


def configured(folder: Path, **models: str) -> Config:
    return Config(store=StoreConfig(path=folder), models=ModelsConfig(**{"url": NOBODY} | models))


def test_a_healthy_store_is_told_in_numbers(folder: Path) -> None:
    told = found(filled(folder))
    assert (told["store"].level, told["store"].message) == ("ok", "3 documents, 5 chunks, 0 failures")
    assert told["embedder"].message == "words: 64 dimensions, 256 tokens"
    assert told["disk"].level in ("ok", "warning")


def test_no_store_is_a_warning_with_the_command(folder: Path) -> None:
    told = found(workspace(folder))["store"]
    assert (told.level, told.fix) == ("warning", f"ragkit ingest PATH --store '{folder}'")


def test_an_index_that_lost_vectors_is_a_fault_with_the_command(folder: Path) -> None:
    filled(folder).close()
    told = found(workspace(folder, indexes=MemoryIndexes()))["store"]
    assert (told.level, told.message) == ("fault", "5 chunks, but the index holds 0")
    assert told.fix == f"ragkit store repair --store '{folder}'"


def test_a_store_that_others_can_read_is_a_warning(folder: Path) -> None:
    made = filled(folder)
    folder.chmod(0o755)
    told = found(made)["store"]
    assert (told.level, told.fix) == ("warning", f"chmod 700 '{folder}'")


def test_another_embedder_is_a_fault_of_the_store_alone(folder: Path) -> None:
    filled(folder).close()
    told = found(workspace(folder, embedding=WordEmbeddings(name="other")))
    assert (told["store"].level, told["embedder"].level) == ("fault", "ok")
    assert told["store"].fix == f"ragkit store reindex --store {shlex.quote(str(folder))}"


def test_no_ollama_is_a_warning_for_those_who_do_not_use_it(folder: Path) -> None:
    told = found(workspace(folder))
    assert (told["ollama"].level, told["ollama"].fix) == ("warning", "To use it run: ollama serve")
    assert told["chat model"].level == "ok"
    assert "quotations" in told["chat model"].message


@pytest.mark.parametrize("models", [{"chat": "ollama:x"}, {"embedding": "ollama:bge-m3"}])
def test_no_ollama_is_a_fault_for_those_who_do(folder: Path, models: dict[str, str]) -> None:
    made = workspace(folder, config=configured(folder, **models), chat=models.get("chat", "extractive"))
    assert (found(made)["ollama"].level, found(made)["ollama"].fix) == ("fault", "ollama serve")


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat("Hello."), WordEmbeddings()) as double:
        yield double


def test_an_ollama_that_answers_is_told_with_its_version(folder: Path, ollama: OllamaDouble) -> None:
    made = workspace(folder, config=configured(folder, url=ollama.url), chat="auto")
    told = found(made)
    assert (told["ollama"].level, told["ollama"].message) == ("ok", f"version 0.99.0 at {ollama.url}")
    assert told["chat model"].message.startswith("ollama:scripted:latest")


class Old(OllamaDouble):
    """An Ollama with a known hole."""

    def answer(self, method, path, body):  # type: ignore[no-untyped-def]
        return {"version": "0.11.4-rc1"} if path == "/api/version" else super().answer(method, path, body)


def test_an_ollama_with_a_known_hole_is_a_fault(folder: Path) -> None:
    with Old() as double:
        told = found(workspace(folder, config=configured(folder, url=double.url)))["ollama"]
    assert told.level == "fault"
    assert "CVE-2026-7482" in told.message
    assert "0.17.1" in told.fix


def test_an_assistant_that_is_not_there_is_a_fault_of_the_settings(folder: Path) -> None:
    config = configured(folder).model_copy(update={"assistant": AssistantConfig(default="suport")})
    told = found(workspace(folder, config=config))["settings"]
    assert (told.level, told.fix) == ("fault", "")
    assert "Did you mean 'support'?" in told.message


def test_every_fault_says_what_to_do(folder: Path) -> None:
    folder.mkdir()
    (folder / "catalog.db").write_bytes(b"")
    made = workspace(folder, config=configured(folder, chat="ollama:x"), chat="ollama:x")
    faults = [check for check in found(made).values() if check.level == "fault"]
    assert {check.name for check in faults} == {"ollama", "chat model", "store"}
    assert all(check.fix or ": ragkit" in check.message for check in faults)
