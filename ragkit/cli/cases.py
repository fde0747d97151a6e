"""`ragkit cases`: the questions by which a store is measured."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import flat, out
from ragkit.errors import ConfigError
from ragkit.evaluation.sets.case_file import append
from ragkit.evaluation.sets.cases import Case, refusal_of
from ragkit.evaluation.sets.rated_records import rated_cases
from ragkit.text.plural import counted

# What parts the wordings of one fact.
_OR = "|"


def add_rated(*, file: Path, records: Path, beside: Sequence[str]) -> int:
    """Write a case at the end of the file for each rated answer of the records.

    Raises:
        ConfigError: options of a case stand `beside`.
    """
    if beside:
        message = (
            f"--from-records takes cases from the records. Leave {', '.join(beside)} out, or add a case by itself."
        )
        raise ConfigError(message, setting="from_records")
    found = rated_cases(records)
    added = append(found, file)
    bare = [one for one in found if added and not one.documents and one.to_refuse is not True]
    told = f"{counted(len(found), 'rated answer')} in {records}: {counted(added, 'case')} added to {file}"
    out.print(Text(flat(told)))
    if bare:
        out.print("Nothing tells yet what is right here; add documents and must_say:")
    for one in bare:
        out.print(Text("  " + flat(one.question + (f" ({one.note})" if one.note else ""))))
    return 0


def add(
    *,
    file: Path,
    question: str,
    must_say: Sequence[str],
    must_not_say: Sequence[str],
    documents: Sequence[str],
    answerable: bool,
    refusal: str | None,
    assistant: str | None,
    name: str,
) -> int:
    """Write the case at the end of the file."""
    facts = [tuple(wording.strip() for wording in fact.split(_OR) if wording.strip()) for fact in must_say]
    new = Case(
        id=name,
        question=question.strip(),
        documents=tuple(documents),
        answerable=answerable,
        must_say=tuple(fact for fact in facts if fact),
        must_not_say=tuple(must_not_say),
        refusal=refusal_of(refusal or "", place="--refusal"),
        assistant=assistant or "",
    )
    added = append([new], file)
    said = f"added to {file}" if added else f"{file} has this question already: nothing was added"
    out.print(Text(flat(said)))
    return 0
