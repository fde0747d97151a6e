"""`ragkit cases`: the questions by which a store is measured."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import flat, out
from ragkit.cli.opening import workspace
from ragkit.errors import ConfigError
from ragkit.evaluation.sets.case_file import append
from ragkit.evaluation.sets.cases import Case, refusal_of
from ragkit.evaluation.sets.rated_records import case_of, rated_cases
from ragkit.pipeline import recording
from ragkit.recording.recorder import find, look_up
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
    told = f"{counted(len(found), 'rated answer')} in {records}: {counted(added, 'case')} added to {file}"
    out.print(Text(flat(told)))
    _print_bare(found if added else ())
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
    record: str,
    store: Path | None,
    config: Path | None,
) -> int:
    """Write the case at the end of the file; of a record come its question and the turns before it."""
    base = _recorded(record, store, config) if record else Case(id="", question="", answerable=True)
    facts = [tuple(wording.strip() for wording in fact.split(_OR) if wording.strip()) for fact in must_say]
    is_told = bool(documents or must_say) or not answerable
    new = replace(
        base,
        id=name,
        question=question.strip() or base.question,
        documents=tuple(documents) if is_told else base.documents,
        answerable=answerable if is_told else base.answerable,
        must_say=tuple(fact for fact in facts if fact),
        must_not_say=tuple(must_not_say),
        refusal=refusal_of(refusal or "", place="--refusal") or base.refusal,
        assistant=assistant or base.assistant,
    )
    added = append([new], file)
    said = f"added to {file}" if added else f"{file} has this question already: nothing was added"
    out.print(Text(flat(said)))
    _print_bare([new] if added and record else ())
    return 0


def _recorded(record: str, store: Path | None, config: Path | None) -> Case:
    journal = recording(workspace(store, config).config).journal
    found = find(journal, record)
    before = [one for identity in found.history if (one := look_up(journal, identity))]
    return case_of(found, {one.id: one for one in before})


def _print_bare(added: Iterable[Case]) -> None:
    """Name the cases that an answer can't be held to yet."""
    bare = [one for one in added if not (one.documents or one.must_say) and one.to_refuse is not True]
    if bare:
        out.print("Nothing tells yet what is right here; add documents and must_say:")
    for one in bare:
        out.print(Text("  " + flat(one.question + (f" ({one.note})" if one.note else ""))))
