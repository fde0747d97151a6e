"""What a model wrote, in a terminal and as JSON: it fetches, links, hides and commands nothing there either."""

import json
from pathlib import Path

import pytest

from ragkit import Answer, Viewer
from ragkit.cli.console import print_json
from ragkit.cli.terminal import print_answer
from ragkit.testing import MemoryConnector, ScriptedChat
from tests.hostile import OUTPUTS, UNSEEN, acts
from tests.workspaces import REFUNDS, filled, workspace

QUESTION = "How long does a refund take?"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    text = "A refund takes five working days [1].\n\n" + "\n\n".join(OUTPUTS)
    with filled(tmp_path_factory.mktemp("hostile") / "store", chat=ScriptedChat(text)) as opened:
        return opened.assistant("support").ask(QUESTION, viewer=Viewer.local())


def test_the_answer_itself_is_harmless_for_every_client(answer: Answer) -> None:
    # Broken on purpose: `text = written.text` and `text=checked.text` in Assistant._checked.
    assert acts(answer.text) == []
    assert "A refund takes five working days [1]." in answer.text


def test_a_terminal_shows_it_and_obeys_nothing(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(answer)
    shown = capsys.readouterr().out
    assert "! [status] (http ://203.0.113.7/a.png)" in shown
    assert UNSEEN.findall(shown) == []


def test_json_holds_it_without_a_character_that_acts(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    print_json(answer.to_dict())
    written = capsys.readouterr().out
    assert UNSEEN.findall(written) == []
    assert json.loads(written)["text"] == answer.text


def test_json_of_a_hostile_document_is_written_in_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = {"text": "a\x1b[31m\x9b31m\u202eb\u200b\U000e0041 é 日"}
    print_json(hostile)
    written = capsys.readouterr().out
    # Broken on purpose: without _UNSEEN in print_json.
    assert UNSEEN.findall(written) == []
    assert (json.loads(written), "é 日" in written) == (hostile, True)


def test_the_address_of_a_cited_page_is_the_only_one_left(tmp_path: Path) -> None:
    page, other = "https://help.example/refunds", "https://help.example/other"
    text = f"A refund takes five working days [1]. See {page} and {other}."
    with workspace(tmp_path / "store", chat=ScriptedChat(text)) as opened:
        opened.ingest(MemoryConnector({page: REFUNDS, other: "# Refund\n\nCats take five days."}, name="support/help"))
        answer = opened.assistant("support").ask(QUESTION, viewer=Viewer.local())
    assert {citation.chunk.uri for citation in answer.citations} == {page}
    # Broken on purpose: no second `harmless` in Assistant._checked.
    assert answer.text.endswith(f"See {page} and https ://help.example/other.")
