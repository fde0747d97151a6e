"""A command line over a store of two small documents, with an Ollama that is a double."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.cli.main import main
from ragkit.config_file import load_config
from ragkit.testing import MemoryConnector, PlainParser, ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.cli.running import SETTINGS, WRITTEN, Ran, Run
from tests.workspaces import BURNS, REFUNDS


@pytest.fixture(scope="session")
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat(WRITTEN), WordEmbeddings()) as double:
        yield double


@pytest.fixture(scope="session")
def prepared(ollama: OllamaDouble, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a store, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "ragkit.toml").write_text(SETTINGS.format(url=ollama.url), encoding="utf-8")
    config = load_config(folder / "ragkit.toml")
    with Workspace(config, embedding="ollama:words", chat="extractive", parser=PlainParser()) as opened:
        opened.ingest(MemoryConnector({"refunds.md": REFUNDS}, name="support/help"))
        opened.ingest(MemoryConnector({"burns.md": BURNS}, name="triage/help"))
    return folder


@pytest.fixture
def here(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a copy of what was prepared."""
    folder = tmp_path / "work"
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def ran(*args: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(args)
        out, err = capsys.readouterr()
        return Ran(code=int(left.value.code or 0), out=out, err=err)

    return ran
