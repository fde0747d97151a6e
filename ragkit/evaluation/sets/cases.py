"""A file of cases: what is asked, which documents answer it, and what a right answer says."""

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from ragkit.answer import Refusal
from ragkit.errors import ConfigError
from ragkit.evaluation.sets.rows import Row, read_rows
from ragkit.retrieval.questions.condense import Turns

REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
EMERGENCY: Refusal = "emergency"

Wordings = tuple[str, ...]
"""One fact, in each of the wordings that will do."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question, asked after `turns`, and what is known of its right answer.

    `documents` are the uris that answer it. `answerable` is None where nobody said. `refusal` is the kind that is
    expected; without it any kind but an emergency will do where there is no answer. An empty `assistant` is the one
    that is measured. `offered` is what the answers before had offered to ask: asking that shows no language. `language`
    is the one that is right for ragkit's own sentences; empty where nobody said. `note` is what somebody said of the
    answer, for whoever completes the case.
    """

    id: str
    question: str
    documents: tuple[str, ...] = ()
    answerable: bool | None = None
    turns: Turns = ()
    must_say: tuple[Wordings, ...] = ()
    must_not_say: tuple[str, ...] = ()
    refusal: Refusal | None = None
    assistant: str = ""
    offered: tuple[str, ...] = ()
    language: str = ""
    note: str = ""

    @property
    def to_refuse(self) -> bool | None:
        """Whether a refusal is right; None where nobody knows."""
        if self.refusal or (self.answerable is False and not self.documents):
            return True
        return False if self.answerable or self.documents or self.must_say else None

    @property
    def to_abstain(self) -> bool | None:
        """Whether to say that there is no answer is right; in an emergency it is not."""
        return False if self.refusal == EMERGENCY else self.to_refuse

    @property
    def is_judged(self) -> bool:
        """Whether anything is known that an answer can be held to."""
        return self.to_refuse is not None or bool(self.must_not_say)


def cases(file: Path) -> tuple[Case, ...]:
    """Return the cases of a file, one a line; docs/evaluation.md has all keys. Ids are unique.

    Raises:
        ConfigError: there is no such file, or a line is broken.
    """
    found = tuple(case(row, number) for number, row in enumerate(read_rows(file), start=1))
    refuse_twins(found, file)
    return found


def case(row: Row, number: int) -> Case:
    """Make a case of a line; `number` is its name if it has none.

    Raises:
        ConfigError: a value is of another kind than it must be.
    """
    answerable = row.values.get("answerable")
    return Case(
        id=row.identity("id", "_id") if "id" in row.values or "_id" in row.values else str(number),
        question=row.text("question").strip(),
        documents=tuple(row.texts("documents")),
        answerable=answerable if isinstance(answerable, bool) else None,
        turns=turns(row),
        must_say=_facts(row),
        must_not_say=tuple(row.texts("must_not_say")),
        refusal=refusal_of(row.text("refusal"), place=row.place),
        assistant=row.text("assistant"),
        offered=tuple(row.texts("offered")),
        language=row.text("language"),
        note=row.text("note"),
    )


def refuse_twins(found: tuple[Case, ...], file: Path) -> None:
    """Refuse a file in which two cases with a question have one id.

    Raises:
        ConfigError: two have.
    """
    seen: set[str] = set()
    for one in (one for one in found if one.question):
        if one.id in seen:
            message = f"two lines of {str(file)!r} have the id {one.id!r}. Give each its own."
            raise ConfigError(message, setting="id", value=one.id)
        seen.add(one.id)


def turns(row: Row) -> Turns:
    """Return the turns of the history: its texts are questions, unless it says who says them.

    Raises:
        ConfigError: the history is no list.
    """
    history = row.values.get("history") or []
    if not isinstance(history, list):
        raise ConfigError(f"{row.place}: 'history' is no list. Write it in brackets.", setting="history")
    found: list[tuple[str, str]] = []
    for said in history:
        role, content = (said.get("role"), said.get("content")) if isinstance(said, dict) else ("user", said)
        if role == "user" and isinstance(content, str):
            found.append((content, ""))
        elif role == "assistant" and isinstance(content, str):
            asked, answered = found.pop() if found else ("", "")
            found.append((asked, f"{answered} {content}".strip()))
    return tuple(found)


def refusal_of(value: str, *, place: str) -> Refusal | None:
    """Return the kind of refusal of that name; None if there is no name.

    Raises:
        ConfigError: there is no such kind; the message begins with the place.
    """
    for kind in REFUSALS:
        if value == kind:
            return kind
    if not value:
        return None
    near = difflib.get_close_matches(value, REFUSALS, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    message = f"{place}: there is no refusal {value!r}. {hint}Known: {', '.join(REFUSALS)}."
    raise ConfigError(message, setting="refusal", value=value)


def _facts(row: Row) -> tuple[Wordings, ...]:
    values = row.values.get("must_say") or []
    facts = [one if isinstance(one, list) else [one] for one in values] if isinstance(values, list) else [[]]
    if not all(fact and all(isinstance(wording, str) and wording.strip() for wording in fact) for fact in facts):
        message = f"{row.place}: 'must_say' is no list of texts, nor of lists of wordings. Write them in brackets."
        raise ConfigError(message, setting="must_say")
    return tuple(tuple(fact) for fact in facts)
