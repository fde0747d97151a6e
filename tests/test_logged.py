"""What a program's operator reads in the log: that something was done, and nothing of what was asked."""

import logging
from pathlib import Path

import pytest

from ragkit import Viewer
from ragkit.testing import MemoryConnector, ScriptedChat
from tests.workspaces import REFUNDS, workspace

QUESTION = "How long does a refund take?"
SECRET = "sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"


def told(folder: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    with workspace(folder, chat=ScriptedChat("A refund takes five working days [1].")) as made:
        made.ingest(MemoryConnector({"refunds.md": REFUNDS}, name=f"https://help.example/?api_key={SECRET}"))
        made.assistant("support").ask(QUESTION, viewer=Viewer.local())
        made.assistant("support").ask("Who won the cup?", viewer=Viewer.local())
    return [record.getMessage() for record in caplog.records if record.name.startswith("ragkit.")]


def test_an_ingest_and_each_answer_are_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ingest, answer, refusal = told(tmp_path / "store", caplog)
    # Broken on purpose: either call of `_log.info` left out.
    assert ingest.endswith(": 1 added, 0 updated, 0 deleted, 0 failed")
    assert answer.startswith("support: answered by ScriptedChat, ")
    assert refusal.startswith("support: no_evidence by none, ")


def test_what_was_asked_and_what_is_secret_are_in_no_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lines = " ".join(told(tmp_path / "store", caplog))
    # Broken on purpose: the source without `without_secrets`, the question or the answer in the line.
    assert not [each for each in (SECRET, "refund takes", "How long", "the cup") if each in lines]


def test_nothing_is_logged_unless_it_is_asked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert told(tmp_path / "store", caplog) == []
