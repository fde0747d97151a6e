"""Cases from answers on record."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.cases import Case, refusal_of
from ragkit.evaluation.sets.rows import Row, read_rows
from ragkit.quotes import VERIFIED
from ragkit.recording.record import RECORD, Record


def rated_cases(file: Path) -> list[Case]:
    """Return a case for each rated record of a file that `ragkit records export` wrote; none rated, empty list.

    Raises:
        ConfigError: there is no such file, or a line is no record.
    """
    try:
        rated = {record.id: record for record in _records(file) if record.rating and record.question}
        # Read twice: of all answers on record few are rated, or come before one that is.
        earlier = {identity for record in rated.values() for identity in record.history}
        before = {record.id: record for record in _records(file) if record.id in earlier} if earlier else {}
    except ConfigError as error:
        message = f"{error} Write the file with: ragkit records export FILE"
        raise ConfigError(message, setting="from_records") from error
    return [case_of(record, before) for record in rated.values()]


def case_of(record: Record, records: Mapping[str, Record]) -> Case:
    """Make a case of an answer and what its reader thought of it; the turns before are those that `records` has.

    A good answer names its documents, a good refusal says that there is no answer. A bad answer names none, since
    nobody knows the right ones, and a bad refusal says that there is one: whoever knows it adds the rest. Of what
    nobody has rated nothing is known but the question.
    """
    good, refusal = record.rating > 0, refusal_of(record.refusal or "", place=f"record {record.id!r}")
    shown = {number: passage.uri for number, passage in enumerate(record.hits, start=1)}
    quoted = [shown[one.marker] for one in record.citations if one.verdict in VERIFIED and one.marker in shown]
    before = [records[one] for one in record.history if one in records]
    is_known = good or bool(record.rating and refusal)
    return Case(
        id="",
        question=record.question,
        documents=tuple(dict.fromkeys(quoted)) if good and refusal is None else (),
        answerable=good == (refusal is None) if is_known else None,
        refusal=refusal if good and refusal not in (None, "no_evidence", "uncited") else None,
        turns=tuple((one.question, one.text) for one in before),
        assistant=record.circumstances.assistant,
        offered=tuple(dict.fromkeys(text for one in before for text in one.suggestions)),
        # Of an answer that was bad, the language may be what was.
        language=record.language if good else "",
        note=record.note,
    )


def _records(file: Path) -> Iterator[Record]:
    return map(_record, read_rows(file))


def _record(row: Row) -> Record:
    try:
        return RECORD.validate_json(row.raw)
    except ValidationError as error:
        raise ConfigError(f"{row.place} is no record.", setting="from_records") from error
