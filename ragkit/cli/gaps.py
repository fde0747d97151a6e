"""`ragkit records gaps`: what people asked and got no good answer to, and whether they would get one today."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.answering.plain import source
from ragkit.cli.console import err, flat, out, print_json, print_wrapped
from ragkit.cli.opening import workspace
from ragkit.errors import ConfigError
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.pipeline import recording
from ragkit.recording.gaps import Gap, gaps
from ragkit.recording.recorder import records, unrecorded
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_WORDINGS = 3


@dataclass(frozen=True, kw_only=True)
class _Told:
    gap: Gap
    today: Answer | None

    @property
    def refusal(self) -> str:
        """How the question would end today: "answered", a refusal, or empty where its assistant is not known here."""
        return (self.today.refusal or "answered") if self.today else ""

    @property
    def places(self) -> list[str]:
        """Where what answers it today stands, or what comes closest."""
        quoted = self.today.quoted if self.today else ()
        return list(dict.fromkeys(source(one.chunk, self.today.messages) for one in quoted if self.today))

    def to_dict(self) -> dict[str, object]:
        """Return it for programs; docs/json.md describes the keys."""
        gap = self.gap
        return {
            "question": gap.question,
            "assistant": gap.assistant,
            "count": len(gap.records),
            "last": gap.records[-1].at,
            "ended": dict(gap.ended),
            "wordings": list(gap.wordings),
            "records": [record.id for record in gap.records],
            "today": self.refusal,
            "places": self.places,
        }


def run(*, limit: int, days: int | None, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print the gaps, what was asked most often first."""
    # No chat model is asked: the documents either have the words of an answer or they do not.
    with workspace(store, config, model=EXTRACTIVE) as opened:
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat() if days else ""
        kept = [record for record in records(recording(opened.config).journal) if record.at >= since]
        with err.status("comparing the questions"):
            found = [_Told(gap=gap, today=_today(opened, gap)) for gap in gaps(kept, opened.embedder)[:limit]]
    if as_json:
        print_json({"records": len(kept), "gaps": [told.to_dict() for told in found]})
        return 0
    for told in found:
        _print(told)
    if not found:
        out.print(f"No question of {counted(len(kept), 'record')} was left without a good answer.")
    return 0


def _today(opened: Workspace, gap: Gap) -> Answer | None:
    try:
        assistant = opened.assistant(gap.assistant or None)
    except ConfigError:
        # A profile of somebody's own is known by its file, which no record names.
        return None
    return unrecorded(assistant).ask(gap.question, viewer=opened.store.owner)


def _print(told: _Told) -> None:
    gap = told.gap
    out.print(Text(f"{len(gap.records)}x  {flat(gap.question)}", style="bold"))
    ended = ", ".join(f"{count} {ending}" for ending, count in gap.ended.items())
    rows = [f"{gap.assistant}, last {gap.records[-1].at[:10]}: {ended}"]
    if gap.wordings:
        more = f"; and {len(gap.wordings) - _WORDINGS} more" if len(gap.wordings) > _WORDINGS else ""
        rows.append(f"also: {'; '.join(gap.wordings[:_WORDINGS])}{more}")
    if told.today:
        answered = "the documents answer it today" if told.refusal == "answered" else f"today still {told.refusal}"
        rows.append(f"{answered}{': ' if told.places else ''}{'; '.join(told.places)}")
    for row in rows:
        print_wrapped(Text(flat(row), style="dim"), indent=4)
    out.print()
