"""Questions and the documents that answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.rows import Row, read_rows
from ragkit.retrieval.condense import condense


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is searched for. `relevant` has the grade, 1 or more, of each document that answers it, by uri."""

    id: str
    text: str
    relevant: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What no figure counts. `without_question` are judgements of questions that are not there."""

    without_judgement: int = 0
    without_question: int = 0
    without_text: int = 0


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """What to ask. To the `unanswerable` nothing is relevant, and that is known; they count in no mean.

    Raises:
        ConfigError: there is no question to measure with.
    """

    name: str
    questions: tuple[Question, ...]
    unanswerable: tuple[Question, ...] = ()
    left_out: LeftOut = LeftOut()

    def __post_init__(self) -> None:
        """Refuse to measure nothing."""
        if not self.questions:
            message = f"{self.name!r} has no question with a relevant document, so there is nothing to measure."
            raise ConfigError(message, setting="questions", value=self.name)


def read_cases(file: Path) -> QuestionSet:
    """Read questions of your own, one a line with `question` and `documents`; docs/evaluation.md has all keys.

    Raises:
        ConfigError: there is no such file, a line is broken, or no line has documents.
    """
    answerable: list[Question] = []
    unanswerable: list[Question] = []
    unjudged, empty = 0, 0
    for number, row in enumerate(read_rows(file), start=1):
        question = Question(
            id=row.identity("id", "_id") if "id" in row.values or "_id" in row.values else str(number),
            text=searched(row, "question"),
            relevant=dict.fromkeys(row.texts("documents"), 1),
        )
        if not question.text:
            empty += 1
        elif question.relevant:
            answerable.append(question)
        elif row.values.get("answerable") is False:
            unanswerable.append(question)
        else:
            unjudged += 1
    _refuse_twins(file, [*answerable, *unanswerable])
    return QuestionSet(
        name=str(file),
        questions=tuple(answerable),
        unanswerable=tuple(unanswerable),
        left_out=LeftOut(without_judgement=unjudged, without_text=empty),
    )


def searched(row: Row, key: str) -> str:
    """Return what is searched for: the question, condensed with those before it as an assistant does."""
    text = row.text(key).strip()
    return condense(text, _earlier(row)) if text else ""


def _earlier(row: Row) -> list[str]:
    """Return the questions of the history: its texts, or what the user says in it."""
    history = row.values.get("history") or []
    if not isinstance(history, list):
        raise ConfigError(f"{row.place}: 'history' is no list. Write it in brackets.", setting="history")
    said = [turn.get("content") if isinstance(turn, dict) and turn.get("role") == "user" else turn for turn in history]
    return [turn for turn in said if isinstance(turn, str)]


def _refuse_twins(file: Path, questions: list[Question]) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            message = f"two lines of {str(file)!r} have the id {question.id!r}. Give each its own."
            raise ConfigError(message, setting="id", value=question.id)
        seen.add(question.id)
