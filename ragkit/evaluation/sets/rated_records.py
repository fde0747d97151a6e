"""Cases from answers on record that somebody has rated."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.case_file import rated
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
        records = {record.id: record for record in map(_record, read_rows(file))}
    except ConfigError as error:
        message = f"{error} Write the file with: ragkit records export FILE"
        raise ConfigError(message, setting="from_records") from error
    return [_case(record, records) for record in records.values() if record.rating and record.question]


def _record(row: Row) -> Record:
    try:
        return RECORD.validate_json(row.raw)
    except ValidationError as error:
        raise ConfigError(f"{row.place} is no record.", setting="from_records") from error


def _case(record: Record, records: Mapping[str, Record]) -> Case:
    shown = {number: passage.uri for number, passage in enumerate(record.hits, start=1)}
    before = [records[one] for one in record.history if one in records]
    made = rated(
        record.question,
        documents=[shown[one.marker] for one in record.citations if one.verdict in VERIFIED and one.marker in shown],
        refusal=refusal_of(record.refusal or "", place=f"record {record.id!r}"),
        rating="up" if record.rating > 0 else "down",
        assistant=record.circumstances.assistant,
        turns=[(one.question, one.text) for one in before],
    )
    offered = dict.fromkeys(text for one in before for text in one.suggestions)
    # Of an answer that was bad, the language may be what was.
    language = record.language if record.rating > 0 else ""
    return replace(made, offered=tuple(offered), language=language, note=record.note)
