import pytest

from ragkit.answer import Answer
from ragkit.cli.terminal import print_answer, print_suggestions

CHOICES = ("Lease: Insurance", "Loan: Insurance")


def test_what_may_be_asked_next_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    print_suggestions(Answer(question="How long?", text="Five days.", suggestions=("Refunds: Who may ask",)))
    assert capsys.readouterr().out == "You could ask next:\n- Refunds: Who may ask\n"


def test_an_answer_is_printed_without_what_may_be_asked_next(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(Answer(question="How long?", text="Five days.", suggestions=("Refunds: Who may ask",)))
    assert "Who may ask" not in capsys.readouterr().out


def test_the_choices_of_an_unclear_question_are_printed_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(Answer(question="it", text="Which one?", refusal="clarify", suggestions=CHOICES, model="none"))
    out = capsys.readouterr().out
    assert "Which one?" in out
    assert "- Lease: Insurance\n- Loan: Insurance\n" in out
    assert "the question may be about several things" in out
