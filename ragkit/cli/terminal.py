"""How things look in a terminal, and how they are printed for a script."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ragkit.answer import Answer, Citation
from ragkit.config import load_config
from ragkit.ingest import IngestReport
from ragkit.ingest import Progress as Done
from ragkit.workspace import Workspace, open_workspace

VERDICTS = {
    "verbatim": "word for word",
    "paraphrase": "in other words",
    "misattributed": "NOT HERE, in another passage",
    "unsupported": "NOT IN THE SOURCE",
}
_REFUSALS = {
    "no_evidence": "not in the documents",
    "uncited": "not one sentence of this could be found in the documents",
    "emergency": "decided by a rule, before any model",
    "escalate": "decided by a rule, before any model",
    "out_of_scope": "decided by a rule, before any model",
}

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, stderr=True)


def workspace(store: Path | None, config: Path | None, *, model: str | None = None) -> Workspace:
    """Return the workspace that the common options name."""
    return open_workspace(store, config=load_config(config), chat=model)


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object, readable by people too."""
    out.print(json.dumps(value, ensure_ascii=False, indent=2), markup=False)


def print_answer(answer: Answer) -> None:
    """Print an answer, its citations, and what answered."""
    out.print(Text(answer.text))
    if answer.refusal:
        out.print(Text(f"({_REFUSALS[answer.refusal]})", style="yellow"))
    out.print()
    for citation in answer.citations:
        _print_citation(citation)
    if answer.unknown_markers:
        numbers = ", ".join(f"[{marker}]" for marker in answer.unknown_markers)
        out.print(Text(f"The model also cited {numbers}, which no passage has.", style="red"))
    out.print(Text(_small_print(answer), style="dim"))


def print_report(report: IngestReport) -> None:
    """Print what an ingest did, with every failure."""
    counts = f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.deleted} deleted"
    out.print(
        Text(f"{report.source}: {counts}, {report.failed} failed; {report.chunks} chunks, {report.embedded} embedded")
    )
    for failure in report.failures:
        out.print(Text(f"  {failure.uri}: {failure.message}", style="yellow"))


@contextmanager
def ingest_progress() -> Iterator["IngestBar"]:
    """Show a bar on standard error while a source is ingested; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield IngestBar(progress)


class IngestBar:
    """Moves a progress bar; called with each resource that is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("looking", total=None)

    def __call__(self, done: Done) -> None:
        """Show one more resource as done."""
        self._progress.update(self._task, description=Path(done.uri).name[:32], completed=done.done, total=done.total)


def _print_citation(citation: Citation) -> None:
    chunk = citation.chunk
    place = " > ".join(dict.fromkeys(part for part in (chunk.title, *chunk.heading.split(" > ")) if part))
    page = f", page {chunk.page}" if chunk.page else ""
    head = Text(f"  [{citation.marker}] ", style="bold")
    head.append(place, style="cyan")
    head.append(f" ({chunk.uri}{page}) ", style="dim")
    head.append(VERDICTS[citation.verdict], style="green" if citation.verified else "red")
    out.print(head)
    if citation.quote:
        out.print(Text(f"      “{' '.join(citation.quote.split())}”"))


def _small_print(answer: Answer) -> str:
    left_out = f", {len(answer.omitted)} left out" if answer.omitted else ""
    seconds = sum(answer.trace.values())
    return f"Answered by {answer.model} in {seconds:.1f} s from {len(answer.hits)} passages{left_out}."
