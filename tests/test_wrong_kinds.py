"""What a program gives and gets: a wrong kind of thing is told at once, and what comes back can be looked at."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

from ragkit import Config, Equals, Viewer, Workspace, open_workspace
from ragkit.config import RecordsConfig, StoreConfig
from ragkit.errors import ConfigError
from ragkit.interop import from_loader
from ragkit.testing import MemoryConnector, ScriptedChat, WordEmbeddings

ME = Viewer.local()
RENT = "Rent is due on the first day of the month."
NO_SETTINGS: Any = "ragkit.toml"
Wrong = Callable[[Workspace], object]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path / "s", chat=ScriptedChat("Yes [1]."), embedding=WordEmbeddings()) as opened:
        opened.ingest(MemoryConnector({"lease.md": RENT}, access=["staff"]))
        yield opened


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda opened: opened.search("rent", viewer="ann"), "'ann' is no viewer. Write Viewer.local"),
        (lambda opened: opened.assistant().ask("Rent?", viewer="ann"), "'ann' is no viewer"),
        (lambda opened: opened.assistant().ask("Rent?", history=[("a", "b")], viewer=ME), "is no turn. Write turn_of"),
        (lambda opened: opened.search("rent", limit=0, viewer=ME), "limit = 0 is refused. Give at least 1"),
        (lambda opened: opened.assistant(limit=-3), "limit = -3 is refused"),
        (lambda _: open_workspace("s", config=NO_SETTINGS), "'ragkit.toml' are no settings. Write load_config"),
    ],
)
def test_what_is_of_the_wrong_kind_is_told_with_what_to_write(workspace: Workspace, wrong: Wrong, told: str) -> None:
    # Broken on purpose: `results` and `stream` without `require_kinds`, `_limit` without its bound, `open_workspace`
    # without its check: an AttributeError came, or 34 hits for a limit of -3.
    with pytest.raises(ConfigError, match=told):
        wrong(workspace)


class Letters(BaseLoader):
    def lazy_load(self) -> Iterator[Document]:
        yield Document(RENT, metadata={"source": "lease"})


def test_one_group_written_as_a_text_is_not_its_letters(workspace: Workspace) -> None:
    # Broken on purpose: `groups_of` with `frozenset(named)` alone: "staff" was five groups of one letter.
    staff, letter = Viewer(groups="staff"), Viewer(groups=frozenset("s"))  # type: ignore[arg-type]  # that is the test
    assert staff == Viewer(groups=frozenset({"staff"}))
    workspace.ingest(from_loader(Letters(), name="loaded", access="staff"))
    loaded = Equals("source", "loaded")
    assert len(workspace.search("rent", where=loaded, viewer=staff)) == 1
    assert not workspace.search("rent", where=loaded, viewer=letter)


def test_what_is_looked_at_in_a_notebook_fits_on_a_screen(workspace: Workspace) -> None:
    # Broken on purpose: `hits` of an answer shown with it, and a dataclass's own repr of assistants: 11,000 signs.
    assistant = workspace.assistant("legal")
    answer = assistant.ask("When is the rent due?", viewer=ME)
    assert repr(workspace).endswith("/s', embedding=WordEmbeddings, chat=ScriptedChat>")
    assert repr(assistant) == "<Assistant 'legal', answered by 'ScriptedChat'>"
    assert answer.text in repr(answer)
    assert RENT not in repr(replace(answer, citations=(), closest=()))


def test_an_assistant_that_is_recorded_looks_alike(tmp_path: Path) -> None:
    config = Config(store=StoreConfig(path=tmp_path / "s"), records=RecordsConfig(keep=3))
    with open_workspace(config=config, chat=ScriptedChat("Yes [1]."), embedding=WordEmbeddings()) as opened:
        opened.ingest(MemoryConnector({"lease.md": RENT}))
        assert repr(opened.assistant()) == "<RecordedAssistant 'support', answered by 'ScriptedChat'>"
