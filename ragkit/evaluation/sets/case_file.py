"""Add to a file of cases."""

import json
from collections.abc import Sequence
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.cases import Case, case, cases, refuse_twins
from ragkit.evaluation.sets.rows import parsed


def append(new: Sequence[Case], file: Path) -> int:
    """Write cases at the end of a file, which is made if there is none, and return how many were new to it.

    A question that is there already, after the same turns, is passed over. An empty id is not written: the number of
    the line is one then.

    Raises:
        ConfigError: a case asks nothing or is against itself, the file is broken, or an id is in it already.
    """
    there = cases(file) if file.exists() else ()
    known = {_asked(one) for one in there}
    added: list[Case] = []
    for one in new:
        _refuse_contradiction(one)
        if _asked(one) not in known:
            known.add(_asked(one))
            added.append(one)
    lines = [json.dumps(_row(one), ensure_ascii=False) for one in added]
    rows = [parsed(line.encode(), place="the new case", start=0) for line in lines]
    read = tuple(case(row, len(there) + number) for number, row in enumerate(rows, start=1))
    refuse_twins((*there, *read), file)
    _write(lines, file)
    return len(added)


def _asked(one: Case) -> tuple[object, ...]:
    return (one.question, one.assistant, *(question for question, _ in one.turns))


def _refuse_contradiction(one: Case) -> None:
    if not one.question.strip():
        raise ConfigError("the case asks nothing. Add: --question TEXT", setting="question", value=one.question)
    if one.answerable is False and not one.refusal and (one.documents or one.must_say):
        message = f"{one.question!r} has no answer, and yet documents or facts. Leave one of the two out."
        raise ConfigError(message, setting="answerable", value=False)


def _row(one: Case) -> dict[str, object]:
    """Return what a file has for a case: what says nothing is left out."""
    history = [
        {"role": role, "content": said}
        for turn in one.turns
        for role, said in zip(("user", "assistant"), turn, strict=True)
        if said
    ]
    row: dict[str, object] = {
        "id": one.id,
        "question": one.question,
        "history": history,
        "answerable": one.answerable,
        "documents": list(one.documents),
        "must_say": [fact[0] if len(fact) == 1 else list(fact) for fact in one.must_say],
        "must_not_say": list(one.must_not_say),
        "refusal": one.refusal,
        "assistant": one.assistant,
        "offered": list(one.offered),
        "language": one.language,
        "note": one.note,
    }
    return {key: value for key, value in row.items() if value is False or value}


def _write(lines: Sequence[str], file: Path) -> None:
    if not lines:
        return
    before = file.read_bytes() if file.exists() else b""
    joint = "\n" if before and not before.endswith(b"\n") else ""
    with file.open("a", encoding="utf-8", newline="\n") as end:
        end.write(joint + "".join(f"{line}\n" for line in lines))
