"""How answers, citations and reports look in a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ragkit.answer import COUNTED, Answer, Citation
from ragkit.cli.console import err, flat, out, plain, print_wrapped
from ragkit.ingest import IngestReport
from ragkit.ingest import Progress as Done

VERDICTS = {
    "verbatim": "word for word",
    "paraphrase": "in other words",
    "partly": "ONLY PARTLY HERE",
    "misattributed": "NOT HERE, in another passage",
    "unsupported": "NOT IN THE SOURCE",
}
_REFUSALS = {
    "no_evidence": "not in the documents",
    "uncited": "not one sentence of this could be found in the documents",
    "emergency": "decided by a rule, before any model",
    "escalate": "decided by a rule, before any model",
    "out_of_scope": "decided by a rule, before any model",
    "clarify": "decided by a rule, before any model",
}
# What else a trace has are parts of these, and counts.
_STAGES = ("rewrite", "retrieve", "model")


def print_answer(answer: Answer, *, disclaimer: str = "") -> None:
    """Print an answer, the passages it rests on, and what answered."""
    print_wrapped(Text(plain(answer.text)))
    if answer.refusal:
        print_wrapped(Text(f"({_REFUSALS[answer.refusal]})", style="yellow"))
    for remark in answer.remarks:
        print_wrapped(Text(flat(remark), style="dim"))
    out.print()
    if answer.refusal == "clarify":
        print_suggestions(answer)
    for citations in _by_passage(answer):
        _print_passage(citations)
        out.print()
    if answer.unknown_markers:
        numbers = ", ".join(f"[{marker}]" for marker in answer.unknown_markers)
        print_wrapped(Text(f"The model also cited {numbers}, which no passage has.", style="red"))
    print_wrapped(Text(_small_print(answer), style="dim"))
    if disclaimer:
        print_wrapped(Text(disclaimer, style="dim"))


def print_suggestions(answer: Answer) -> None:
    """Print what may be asked next, if anything."""
    if answer.suggestions and answer.refusal is None:
        out.print(Text("You could ask next:", style="dim"))
    for suggestion in answer.suggestions:
        print_wrapped(Text(f"- {flat(suggestion)}"))


def print_report(report: IngestReport) -> None:
    """Print what an ingest did, with every failure."""
    counts = f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.deleted} deleted"
    sizes = f"{report.failed} failed; {report.chunks} chunks, {report.embedded} embedded"
    out.print(Text(f"{flat(report.source)}: {counts}, {sizes}"))
    for failure in report.failures:
        # Most messages begin with the uri in quotes.
        named = "" if failure.uri in failure.message else f"{failure.uri}: "
        out.print(Text(f"  {flat(named + failure.message)}", style="yellow"))


def waiting(chunks: int) -> str:
    """Return what to say of chunks that have no vector yet."""
    return f"{chunks} chunks are found by words alone until the next ingest, or: ragkit store repair"


@contextmanager
def reindex_progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while documents are embedded anew; nothing where that is no terminal."""
    columns = (TextColumn("Embedding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def ingest_progress() -> Iterator["IngestBar"]:
    """Show a bar on standard error while a source is ingested; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield IngestBar(progress)


class IngestBar:
    """Moves a progress bar; called with each resource that is done, and then with each batch of vectors."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("looking", total=None)

    def __call__(self, done: Done) -> None:
        """Show how far it is; the bar begins anew for the vectors."""
        name = "embedding" if done.outcome == "embedded" else flat(Path(done.uri).name[:32])
        self._progress.update(self._task, description=name, completed=done.done, total=done.total)


def _by_passage(answer: Answer) -> list[list[Citation]]:
    """Return the citations of each passage together, in the order in which the answer first cites them."""
    passages: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        passages.setdefault(citation.marker, []).append(citation)
    return list(passages.values())


def _print_passage(citations: list[Citation]) -> None:
    chunk = citations[0].chunk
    place = " > ".join(dict.fromkeys(part for part in (chunk.title, *chunk.heading.split(" > ")) if part))
    page = f", page {chunk.page}" if chunk.page else ""
    head = Text(f"  [{citations[0].marker}] ", style="bold")
    head.append(flat(place), style="cyan")
    head.append(f" ({flat(chunk.uri)}{page})", style="dim")
    out.print(head)
    for citation in {(one.verdict, one.start, one.end, one.sentence): one for one in citations}.values():
        _print_quote(citation)


def _print_quote(citation: Citation) -> None:
    """Print the source's words, or the sentence that they do not bear out."""
    verdict = Text(VERDICTS[citation.verdict], style="green" if citation.verified else "red")
    said = Text(f"“{flat(citation.quote if citation.verified else citation.sentence)}”")
    print_wrapped(said + Text(" ") + verdict if citation.verified else verdict + Text(": ") + said, indent=6)


def _small_print(answer: Answer) -> str:
    if answer.model.startswith("rule "):
        return f"Decided by the {answer.model}; no model was asked."
    if answer.model == COUNTED:
        return "Counted in the store; no model was asked."
    seconds = f"{sum(answer.trace.get(stage, 0.0) for stage in _STAGES):.1f} s"
    if answer.refusal == "clarify":
        return f"No model was asked: the question may be about several things ({seconds})."
    if answer.model == "none" and answer.missing:
        return f"No model was asked: none of the {len(answer.hits)} passages found mentions it ({seconds})."
    if answer.model == "none":
        return f"No model was asked: none of the {len(answer.hits)} passages found is near enough ({seconds})."
    left_out = f", {len(answer.omitted)} left out" if answer.omitted else ""
    return f"Answered by {flat(answer.model)} in {seconds} from {len(answer.hits)} passages{left_out}."
