"""`ragkit records` and `ragkit replay`, as people read them."""

import stat
from pathlib import Path

import pytest

from tests.cli.running import QUESTION, Run

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def recorded(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command line with one answer on record."""
    monkeypatch.setenv("RAGKIT_RECORDS__KEEP", "30")
    assert run("ask", QUESTION, "--json").json["record"]
    return run


def test_a_record_is_listed_shown_and_rated(recorded: Run) -> None:
    assert QUESTION in recorded("records", "list").out
    assert "refunds.md" in recorded("records", "show", "last").out
    assert "(bad)" in recorded("records", "rate", "last", "--bad", "--note", "Too short").out
    assert "note" in recorded("records", "show", "last").out
    assert "Every entry is as it was written, 2 in all; 0 records were erased." in recorded("records", "check").out


def test_a_replay_says_that_nothing_changed_or_what(recorded: Run) -> None:
    same = recorded("replay", "last")
    assert (same.code, "Nothing has changed" in same.out) == (0, True)
    other = recorded("replay", "last", "--model", "extractive")
    assert (other.code, "from ollama:scripted to extractive" in other.out) == (1, True)


def test_an_export_is_for_this_user_alone(recorded: Run, here: Path) -> None:
    assert "Wrote 1 record to " in recorded("records", "export", "kept.jsonl").out
    assert stat.S_IMODE((here / "kept.jsonl").stat().st_mode) == 0o600


def test_without_records_the_list_says_how_to_keep_some(run: Run) -> None:
    assert "set keep below [records]" in run("records", "list").out
    assert "ragkit records list" in run("replay", "last").error


def test_what_was_not_answered_is_shown_and_whether_it_is_today(recorded: Run, here: Path) -> None:
    recorded("records", "rate", "last", "--bad")
    told = recorded("records", "gaps", "--json").json
    assert list(told) == ["records", "uncompared", "gaps"]
    keys = ["question", "assistant", "count", "last", "ended", "wordings", "records", "today", "places"]
    assert list(told["gaps"][0]) == keys
    assert told["gaps"][0]["ended"] == {"rated bad": 1}
    assert f"1x  {QUESTION}" in recorded("records", "gaps").out


def test_where_all_was_answered_there_are_no_gaps(recorded: Run) -> None:
    recorded("records", "rate", "last", "--good")
    assert "No question of 1 record was left without a good answer." in recorded("records", "gaps", "--days", "1").out
