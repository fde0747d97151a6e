"""`ragkit records`: what is on record, and whether it is as it was written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TextIO

from rich.text import Text

from ragkit.cli.console import flat, out, plain, print_json, print_wrapped
from ragkit.cli.opening import workspace
from ragkit.errors import StoreError
from ragkit.pipeline import recording
from ragkit.recording.record import RECORD, Record
from ragkit.recording.recorder import find
from ragkit.recording.recorder import records as kept
from ragkit.store.catalog.journal import Journal
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_SHOWN = 60


def list_records(*, limit: int, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print the newest records, the newest first."""
    opened = workspace(store, config)
    found = list(islice(kept(_journal(opened), latest=True), limit))
    if as_json:
        print_json({"records": [_brief(record) for record in found]})
    for record in found if not as_json else ():
        out.print(Text(_line(record)))
    if not found and not as_json:
        out.print(_nothing(opened))
    return 0


def show(*, record: str, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print one record."""
    found = find(_journal(workspace(store, config)), record)
    if as_json:
        print_json(to_dict(found))
    else:
        _print(found)
    return 0


def check(*, head: str, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print whether any record was edited or removed; 1 if one was."""
    found = _journal(workspace(store, config)).inspect(head=head)
    if as_json:
        print_json(asdict(found))
    elif found.fault:
        print_wrapped(Text(flat(f"{found.fault}. What stands before it is as it was written.")))
    else:
        erased = f"{counted(found.erased, 'record')} {'was' if found.erased == 1 else 'were'} erased"
        out.print(f"Every entry is as it was written, {found.entries} in all; {erased}.")
        out.print(f"To find out later whether they still are, note the head: {found.head or 'none'}")
    return 1 if found.fault else 0


def export(*, file: Path, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Write all records to a file that only this user may read, one JSON object a line."""
    count, found = 0, kept(_journal(workspace(store, config)))
    with private(file) as lines:
        for record in found:
            lines.write(json.dumps(to_dict(record), ensure_ascii=False) + "\n")
            count += 1
    if as_json:
        print_json({"file": str(file), "records": count})
    else:
        out.print(Text(plain(f"Wrote {counted(count, 'record')} to {file}.")))
    return 0


@contextmanager
def private(file: Path, *, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Open a file to write for the block, which only this user may read.

    Raises:
        StoreError: it can't be written.
    """
    try:
        file.touch(mode=0o600)
        with file.open("w", encoding=encoding, newline="") as lines:
            yield lines
    except OSError as error:
        raise StoreError(f"{str(file)!r} can't be written: {error.strerror}. Choose another file.") from error


def rate_record(*, record: str, good: bool, note: str, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Add what somebody thinks of an answer to its record."""
    opened = workspace(store, config)
    opened.rate(record, good=good, note=note)
    found = find(_journal(opened), record)
    if as_json:
        print_json(_brief(found))
    else:
        out.print(Text(_line(found)))
    return 0


def to_dict(record: Record) -> dict[str, object]:
    """Return a record in the form of the JSON output; docs/json.md describes every key."""
    told: dict[str, object] = RECORD.dump_python(record, mode="json", exclude={"salt", "learnt"})
    return told


def _journal(opened: Workspace) -> Journal:
    return recording(opened.config).journal


def _brief(record: Record) -> dict[str, object]:
    told = to_dict(record)
    keys = ("id", "at", "question", "refusal", "rating", "note")
    return {key: told[key] for key in keys} | {"assistant": record.circumstances.assistant}


def _nothing(opened: Workspace) -> str:
    if opened.config.records.keep:
        return "Nothing is on record yet."
    return (
        "Nothing is on record, and no answer is recorded: set keep below [records] in ragkit.toml to a number of days."
    )


def _line(record: Record) -> str:
    question = flat(record.question)
    shown = question if len(question) <= _SHOWN else f"{question[:_SHOWN]}…"
    marks = [record.refusal or "", {1: "good", -1: "bad"}.get(record.rating, "")]
    told = ", ".join(mark for mark in marks if mark)
    return f"{record.id}  {record.at[:19]}  {shown}" + (f"  ({told})" if told else "")


def _print(record: Record) -> None:
    how = record.circumstances
    rows = {
        "record": f"{record.id} of {record.at}",
        "assistant": how.assistant,
        "question": record.question,
        "searched for": record.query if record.query != record.question else "",
        "model": f"{how.model} {how.digest[:17]}".strip(),
        "prompt": how.prompt,
        "settings": how.settings,
        "language": record.language,
        "refusal": record.refusal or "",
        "suggested": "; ".join(record.suggestions),
        "not shown": f"{counted(record.omitted_turns, 'turn')} before it" if record.omitted_turns else "",
        "left open": "; ".join(record.missing),
        "dropped": counted(record.dropped, "sentence") if record.dropped else "",
        "doubtful": counted(record.doubtful, "sentence") if record.doubtful else "",
        "rating": {1: "good", -1: "bad"}.get(record.rating, ""),
        "note": record.note,
        "redacted": ", ".join(f"{count} {kind}" for kind, count in record.redacted.items()),
    }
    width = max(map(len, rows))
    for name, value in rows.items():
        if value:
            out.print(Text(f"{name:{width}}  {flat(value)}"))
    out.print()
    print_wrapped(Text(plain(record.text or "(The text was counted in the store and is not kept.)")))
    out.print()
    for number, passage in enumerate(record.hits, start=1):
        verdicts = ", ".join(cited.verdict for cited in record.citations if cited.marker == number) or "not cited"
        place = f"{passage.uri} {passage.start}-{passage.end}"
        out.print(Text(f"  [{number}] {flat(place)}  {passage.sha256[:12]}  {verdicts}"))
