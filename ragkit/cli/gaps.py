"""`ragkit records gaps`: what people asked and got no good answer to, and whether they would get one today."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.answering.plain import source
from ragkit.cli.console import err, flat, out, print_json, print_wrapped
from ragkit.cli.opening import workspace
from ragkit.cli.records import private
from ragkit.errors import ConfigError
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.pipeline import recording
from ragkit.recording.gaps import Gap, Gaps, gaps
from ragkit.recording.record import sha256
from ragkit.recording.recorder import records, unrecorded
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

ANSWERED, AS_BEFORE = "answered", "as_before"
_WORDINGS = 3
_SAID = {
    ANSWERED: "the documents answer it today",
    AS_BEFORE: "answered today from passages that were all shown before",
}
# A spreadsheet takes a cell that begins so for a formula, and what people asked is no formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class _Told:
    gap: Gap
    answer: Answer | None

    @property
    def today(self) -> str:
        """How the question would end today, or empty where its assistant is not known here."""
        if self.answer is None or self.answer.refusal:
            return (self.answer and self.answer.refusal) or ""
        quoted = {sha256(one.chunk.text) for one in self.answer.citations}
        return AS_BEFORE if quoted and quoted <= self.gap.shown else ANSWERED

    @property
    def places(self) -> list[str]:
        """Where what answers it today stands, or what comes closest."""
        quoted = self.answer.quoted if self.answer else ()
        return list(dict.fromkeys(source(one.chunk, self.answer.messages) for one in quoted if self.answer))

    def to_dict(self) -> dict[str, object]:
        """Return it for programs; docs/json.md describes the keys."""
        gap = self.gap
        return {
            "question": gap.question,
            "assistant": gap.assistant,
            "count": len(gap.asked),
            "last": gap.asked[-1].at,
            "ended": dict(gap.ended),
            "wordings": list(gap.wordings),
            "records": [one.record for one in gap.asked],
            "today": self.today,
            "places": self.places,
        }


def run(
    *,
    limit: int,
    days: int | None,
    only_open: bool,
    csv_file: Path | None,
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Print the gaps, what was asked most often first, and write them to a file if that is wanted."""
    # No chat model is asked: the documents either have the words of an answer or they do not.
    with workspace(store, config, model=EXTRACTIVE) as opened, err.status("comparing the questions"):
        since = datetime.now(UTC) - timedelta(days=days) if days else None
        found = gaps(records(recording(opened.config).journal, since=since), opened.embedder)
        each = (_Told(gap=gap, answer=_today(opened, gap)) for gap in found.gaps)
        shown = list(islice((told for told in each if not (only_open and told.today == ANSWERED)), limit))
    if csv_file:
        _write(shown, csv_file)
    if as_json:
        rows = [told.to_dict() for told in shown]
        print_json({"records": found.records, "uncompared": found.uncompared, "gaps": rows})
    else:
        _print_all(shown, found, csv_file)
    return 0


def _today(opened: Workspace, gap: Gap) -> Answer | None:
    try:
        assistant = opened.assistant(gap.assistant or None)
    except ConfigError:
        # A profile of somebody's own is known by its file, which no record names.
        return None
    return unrecorded(assistant).ask(gap.question, viewer=opened.store.owner)


def _write(shown: Sequence[_Told], file: Path) -> None:
    """Write a line for each gap, as spreadsheets read it: with a mark of UTF-8, and nothing that is a formula."""
    with private(file, encoding="utf-8-sig") as lines:
        write = csv.writer(lines)
        write.writerow(["question", "assistant", "count", "last", "ended", "wordings", "record", "today", "places"])
        for told in shown:
            gap = told.gap
            texts = [_ended(gap), "; ".join(gap.wordings), gap.asked[-1].record, told.today, "; ".join(told.places)]
            row = [gap.question, gap.assistant, str(len(gap.asked)), gap.asked[-1].at, *texts]
            write.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])


def _print_all(shown: Sequence[_Told], found: Gaps, file: Path | None) -> None:
    for told in shown:
        _print(told)
    if not shown and found.gaps:
        out.print("The documents answer every question today.")
    elif not shown:
        out.print(f"No question of {counted(found.records, 'record')} was left without a good answer.")
    if found.uncompared:
        left = f"{counted(found.uncompared, 'question')} in rarer and older words were not compared"
        out.print(Text(f"{left}. Look at fewer days: --days", style="yellow"))
    if file:
        out.print(Text(flat(f"Written to {file}.")))


def _print(told: _Told) -> None:
    gap = told.gap
    out.print(Text(f"{len(gap.asked)}x  {flat(gap.question)}", style="bold"))
    last = gap.asked[-1]
    rows = [f"{gap.assistant}, last {last.at[:10]} as {last.record}: {_ended(gap)}"]
    if gap.wordings:
        more = f"; and {len(gap.wordings) - _WORDINGS} more" if len(gap.wordings) > _WORDINGS else ""
        rows.append(f"also: {'; '.join(gap.wordings[:_WORDINGS])}{more}")
    if told.today:
        answered = _SAID.get(told.today, f"today still {told.today}")
        rows.append(f"{answered}{': ' if told.places else ''}{'; '.join(told.places)}")
    for row in rows:
        print_wrapped(Text(flat(row), style="dim"), indent=4)
    out.print()


def _ended(gap: Gap) -> str:
    return ", ".join(f"{count} {ending}" for ending, count in gap.ended.items())
