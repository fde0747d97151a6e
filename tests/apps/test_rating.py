"""Answers on record: the pages say whether any are kept, and people rate them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ragkit.config import Config, ModelsConfig, RecordsConfig, StoreConfig
from ragkit.pipeline import recording
from ragkit.recording.record import Record
from ragkit.recording.recorder import find
from ragkit.testing import MemoryConnector, ScriptedChat, WordEmbeddings
from ragkit.workspace import Workspace
from tests.apps.screens import (
    ANSWER,
    HELP,
    NOBODY,
    MemoryWorkspace,
    ask,
    chat_page,
    labels,
    press,
    settings_page,
    written,
)

pytestmark = pytest.mark.timeout(90)
QUESTION = "How long does a refund take?"


def kept(folder: Path, *, keep: int = 30) -> Workspace:
    config = Config(store=StoreConfig(path=folder), models=ModelsConfig(url=NOBODY), records=RecordsConfig(keep=keep))
    made = MemoryWorkspace(config, embedding=WordEmbeddings(), chat=ScriptedChat(ANSWER))
    for source, documents in HELP.items():
        made.ingest(MemoryConnector(documents, name=source))
    return made


def last(opened: Workspace) -> Record:
    return find(recording(opened.config).journal, "last")


def asked(opened: Workspace) -> AppTest:
    return ask(chat_page(opened), QUESTION)


def test_a_bad_answer_can_be_told_and_said_why(folder: Path) -> None:
    opened = kept(folder)
    page = press(asked(opened), "Bad answer")
    assert last(opened).rating == -1
    page = page.text_input[0].set_value("Ask ann@example.org instead").run()
    # Broken on purpose: a note without the redactor.
    assert (last(opened).rating, last(opened).note) == (-1, "Ask <EMAIL> instead")
    assert not page.exception


def test_a_good_answer_is_rated_once(folder: Path) -> None:
    opened = kept(folder)
    page = press(asked(opened), "Good answer")
    assert last(opened).rating == 1
    assert "Good answer" not in labels(page)


def test_an_answer_that_is_not_on_record_can_not_be_rated(folder: Path) -> None:
    assert "Good answer" not in labels(asked(kept(folder, keep=0)))


def test_the_settings_page_says_whether_answers_are_kept(folder: Path) -> None:
    assert "kept for 30 days, without personal data" in written(settings_page(kept(folder)))
    assert "none is kept (records.keep)" in written(settings_page(kept(folder, keep=0)))
