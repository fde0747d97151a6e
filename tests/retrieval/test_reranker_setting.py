"""The setting `models.reranker`: off by default, checked at once, its model loaded when there is something to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit import wiring
from ragkit.config import Config, ModelsConfig, StoreConfig
from ragkit.config_file import load_config
from ragkit.documents import Viewer
from ragkit.errors import ConfigError, ModelUnavailable
from ragkit.health import Check, checks
from ragkit.models.chat.engine import ChatEngine
from ragkit.retrieval.stages.rerank import JudgeReranker, RerankedRetriever
from ragkit.testing import MemoryConnector, ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.models.test_judges import write_onnx
from tests.workspaces import HELP, NOBODY, workspace

PASSAGES = ["a", "b"]


def settings(reranker: str, *, url: str = NOBODY, folder: Path = Path("nowhere")) -> Config:
    return Config(store=StoreConfig(path=folder), models=ModelsConfig(url=url, reranker=reranker))


def scripted() -> ChatEngine:
    return ChatEngine(name="scripted", chat=ScriptedChat("2, 1"), window=8192)


def made(reranker: str, *, url: str = NOBODY) -> JudgeReranker:
    return wiring.reranker(settings(reranker, url=url), engine=scripted)


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat('{"order": [2, 1]}'), WordEmbeddings()) as double:
        yield double


def filled(folder: Path, reranker: str, *, url: str = NOBODY) -> Workspace:
    opened = workspace(folder, config=settings(reranker, url=url, folder=folder))
    for source, documents in HELP.items():
        opened.ingest(MemoryConnector(documents, name=source))
    return opened


def test_no_reranker_is_the_default(tmp_path: Path) -> None:
    # Broken on purpose: any other default of `reranker` in ModelsConfig.
    assert Config().models.reranker == ""
    with filled(tmp_path / "store", "") as opened:
        assert not isinstance(opened.retriever(), RerankedRetriever)
        assert "reranker" not in {check.name for check in checks(opened)}


@pytest.mark.parametrize("setting", ["", "x", "ollama", "ollama:", "cross-encoder:", "onnx:", "chat:x", "Chat"])
def test_what_is_no_reranker_is_refused_at_once(setting: str) -> None:
    with pytest.raises(ConfigError, match="is no reranker") as caught:
        made(setting)
    assert caught.value.setting == "models.reranker"


def test_chat_is_the_model_that_answers() -> None:
    assert made("chat").judge.judge("?", PASSAGES) == [1 / 2, 1]


def test_an_ollama_model_is_asked_for_the_order(ollama: OllamaDouble) -> None:
    assert made("ollama:scripted", url=ollama.url).judge.judge("?", PASSAGES) == [1 / 2, 1]


def test_an_onnx_folder_is_read(tmp_path: Path) -> None:
    write_onnx(tmp_path)
    assert made(f"onnx:{tmp_path}").judge.judge("b", ["a", "rent"]) == [-1, 1]


def test_an_onnx_folder_of_the_file_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "ragkit.toml").write_text('[models]\nreranker = "onnx:judge"\n')
    assert load_config(tmp_path / "ragkit.toml").models.reranker == f"onnx:{tmp_path / 'judge'}"


def test_the_extractive_model_can_not_order() -> None:
    engine = ChatEngine(name="extractive", chat=ScriptedChat(), window=8192)
    reranker = wiring.reranker(settings("chat"), engine=lambda: engine)
    with pytest.raises(ModelUnavailable, match=r"can't order passages\. Set models\.chat"):
        _ = reranker.judge


def test_nothing_is_loaded_before_there_is_something_to_order(tmp_path: Path) -> None:
    # Broken on purpose: the judge made in wiring.reranker, not in its lambda.
    reranker = made(f"onnx:{tmp_path / 'not there'}")
    assert reranker.rerank("?", []) == []


def test_a_search_is_reranked_and_says_so(tmp_path: Path, ollama: OllamaDouble) -> None:
    with filled(tmp_path / "store", "ollama:scripted", url=ollama.url) as opened:
        hits = opened.search("refund working days", viewer=Viewer.local())
        assert [hit.why["rerank_rank"] for hit in hits] == list(range(1, len(hits) + 1))
        assert hits[0].why["rerank_passages"] == len(hits) > 2


def test_a_search_goes_on_without_its_reranker(tmp_path: Path) -> None:
    # Broken on purpose: `self._judge = load()` in the constructor of JudgeReranker; the search fails then.
    with filled(tmp_path / "store", "ollama:gone") as opened:
        hits = opened.search("refund working days", viewer=Viewer.local())
    assert hits
    assert all(hit.why["rerank_failed"] == 1 for hit in hits)


def doctor(opened: Workspace) -> dict[str, Check]:
    with opened:
        return {check.name: check for check in checks(opened)}


def test_the_doctor_times_a_reranker(tmp_path: Path, ollama: OllamaDouble) -> None:
    config = settings("ollama:scripted", url=ollama.url, folder=tmp_path / "store")
    told = doctor(workspace(tmp_path / "store", config=config))["reranker"]
    assert told.level == "ok"
    assert told.message.startswith("ollama:scripted: 20 passages in ")
    assert told.message.endswith(" s")


def test_a_reranker_that_is_not_there_is_a_fault_with_the_command(tmp_path: Path) -> None:
    told = doctor(workspace(tmp_path / "store", config=settings("ollama:gone", folder=tmp_path / "store")))
    assert (told["reranker"].level, told["reranker"].fix) == ("fault", "ollama serve")
    assert told["ollama"].level == "fault"


def test_a_reranker_that_is_none_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    told = doctor(workspace(tmp_path / "store", config=settings("cohere", folder=tmp_path / "store")))["reranker"]
    assert (told.level, "is no reranker" in told.message) == ("fault", True)
