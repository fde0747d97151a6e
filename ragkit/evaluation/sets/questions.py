"""Questions and the documents that answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.cases import Case, cases
from ragkit.retrieval.questions.condense import Turns


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, after `turns`. `relevant` has the grade, 1 or more, of each document that answers it, by uri."""

    id: str
    text: str
    relevant: Mapping[str, int]
    turns: Turns = ()


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
    found = cases(file)
    asked = [(case, _question(case)) for case in found if case.question]
    return QuestionSet(
        name=str(file),
        questions=tuple(question for case, question in asked if case.documents),
        unanswerable=tuple(question for case, question in asked if case.answerable is False and not case.documents),
        left_out=LeftOut(
            without_judgement=sum(case.answerable is not False and not case.documents for case, _ in asked),
            without_text=sum(not case.question for case in found),
        ),
    )


def _question(case: Case) -> Question:
    return Question(id=case.id, text=case.question, turns=case.turns, relevant=dict.fromkeys(case.documents, 1))
