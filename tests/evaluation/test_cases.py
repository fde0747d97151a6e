from pathlib import Path

import pytest

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.questions import LeftOut, read_cases
from tests.evaluation.beir_folder import lines

CASES = Path(__file__).resolve().parents[2] / "data" / "cases"


def test_the_cases_that_come_with_ragkit_can_be_read() -> None:
    cases = read_cases(CASES / "support.jsonl")
    assert cases.questions[0].relevant == {"billing/refunds.md": 1}
    assert cases.unanswerable[0].id == "support-003"
    assert cases.left_out == LeftOut()


def test_a_case_needs_no_id_and_none_is_needed_for_an_answerable_one(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    rows: list[dict[str, object]] = [
        {"question": "Rent?", "documents": ["lease.md"]},
        {"question": "Who?"},
        {"documents": ["lease.md"]},
    ]
    file.write_text(lines(rows), encoding="utf-8")
    cases = read_cases(file)
    assert [(question.id, question.text) for question in cases.questions] == [("1", "Rent?")]
    assert cases.left_out == LeftOut(without_judgement=1, without_text=1)


def test_a_history_of_texts_is_read_as_earlier_questions(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    row = {"question": "And for them?", "history": ["What is the rent of flats?"], "documents": ["lease.md"]}
    file.write_text(lines([row]), encoding="utf-8")
    assert read_cases(file).questions[0].turns == (("What is the rent of flats?", ""),)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"question": "a", "documents": "lease.md"}], "line 1: 'documents' is no list of texts"),
        ([{"id": "x", "question": "a", "documents": ["b"]}] * 2, "two lines of '.*' have the id 'x'"),
        ([{"question": "a"}], "there is nothing to measure"),
    ],
)
def test_cases_that_can_not_be_measured_are_refused(tmp_path: Path, rows: list[dict[str, object]], said: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(lines(rows), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_cases(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no file '.*none.jsonl'"):
        read_cases(tmp_path / "none.jsonl")
