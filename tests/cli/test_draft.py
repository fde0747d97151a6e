"""What a terminal shows while an answer is written."""

import io

import pytest
from rich.console import Console

from ragkit.answer import Answer
from ragkit.cli import draft
from ragkit.errors import RagkitError

ANSWER = Answer(question="Q?", text="Checked.", model="m")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything that a terminal of 40 columns and 5 lines gets."""
    got = io.StringIO()
    terminal = Console(file=got, force_terminal=True, width=40, height=5, _environ={"TERM": "xterm"})
    monkeypatch.setattr(draft, "err", terminal)
    return got


# Broken on purpose: `draft.text += piece` left out.
def test_the_last_lines_are_shown_until_the_answer_is_there(shown: io.StringIO) -> None:
    pieces = [f"Line {number}.\n" for number in range(20)]
    assert draft.checked(iter([*pieces, ANSWER])) is ANSWER
    assert "Line 19." in shown.getvalue()
    assert "Line 9." not in shown.getvalue(), "more lines than the terminal has would stay on the screen"


def test_what_a_terminal_obeys_is_shown_and_not_done(shown: io.StringIO) -> None:
    draft.checked(iter(["\x1b]0;title\x07", ANSWER]))
    assert "\x1b]0" not in shown.getvalue()


def test_nothing_is_shown_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    got = io.StringIO()
    monkeypatch.setattr(draft, "err", Console(file=got))
    assert draft.checked(iter(["Draft.", ANSWER])) is ANSWER
    assert got.getvalue() == ""


def test_a_stream_without_an_answer_is_an_error(shown: io.StringIO) -> None:
    with pytest.raises(RagkitError, match="ended without the answer"):
        draft.checked(iter(["Draft."]))
