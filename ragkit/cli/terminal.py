"""How answers, citations and reports look in a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from rich.text import Text

from ragkit.answer import Answer
from ragkit.answering.plain import place
from ragkit.answering.quotations import Quotation, quotations
from ragkit.cli.console import err, flat, out, plain, print_wrapped, told
from ragkit.ingestion.ingest import IngestReport
from ragkit.language.messages import Messages
from ragkit.text.plural import counted

# What else a trace has are parts of these, and counts.
_STAGES = ("rewrite", "retrieve", "model")


def print_answer(answer: Answer, *, disclaimer: bool = True) -> None:
    """Print an answer, the passages it rests on, and what answered, in the language of the question."""
    print_wrapped(Text(plain(answer.text)))
    if title := answer.refused_as:
        print_wrapped(Text(f"({title})", style="yellow"))
    for remark in answer.remarks:
        print_wrapped(Text(flat(remark), style="dim"))
    out.print()
    if answer.refusal == "clarify":
        print_suggestions(answer)
    for _, passage in groupby(quotations(answer.quoted), key=lambda quotation: quotation.marker):
        _print_passage(list(passage), answer.messages)
        out.print()
    print_wrapped(Text(_small_print(answer), style="dim"))
    if disclaimer and answer.messages.disclaimer:
        print_wrapped(Text(answer.messages.disclaimer, style="dim"))


def print_suggestions(answer: Answer) -> None:
    """Print what may be asked next, if anything."""
    if answer.suggestions and answer.refusal is None:
        out.print(Text(f"{answer.messages.suggestions}:", style="dim"))
    for suggestion in answer.suggestions:
        print_wrapped(Text(f"- {flat(suggestion)}"))


def print_report(report: IngestReport) -> None:
    """Print what an ingest did, with every failure."""
    again = f"{report.reread} read again by a newer parser, " if report.reread else ""
    counts = f"{report.added} added, {report.updated} updated, {again}{report.unchanged} unchanged"
    sizes = f"{report.failed} failed; {counted(report.chunks, 'chunk')}, {report.embedded} embedded"
    out.print(Text(f"{told(report.source)}: {counts}, {report.deleted} deleted, {sizes}"))
    for failure in report.failures:
        out.print(Text(f"  {told(failure.told)}", style="yellow"))


def waiting(chunks: int) -> str:
    """Return what to say of chunks that have no vector yet."""
    return f"{counted(chunks, 'chunk')} found by words alone until the next ingest, or: ragkit store repair"


@contextmanager
def resumable() -> Iterator[None]:
    """Say where an interrupt leaves what is stored batch by batch."""
    try:
        yield
    except KeyboardInterrupt:
        err.print("Stopped. What is stored stays stored; the same command goes on from there.")
        raise


def _print_passage(found: list[Quotation], say: Messages) -> None:
    chunk = found[0].chunk
    page = f", {say.page.format(number=chunk.page)}" if chunk.page else ""
    head = Text(f"  [{found[0].marker}] ", style="bold")
    head.append(flat(place(chunk)), style="cyan")
    head.append(f" ({flat(chunk.uri)}{page})", style="dim")
    out.print(head)
    for quotation in found:
        _print_quotation(quotation, say)


def _print_quotation(quotation: Quotation, say: Messages) -> None:
    """Print the source's words, or the sentence that they do not bear out."""
    verdict = say.verdict(quotation.verdict)
    said = Text(say.quotation.format(text="\n".join(map(plain, quotation.lines))))
    if quotation.verified:
        print_wrapped(said + Text(" ") + Text(verdict, style="green"), indent=6)
    else:
        print_wrapped(Text(verdict.upper(), style="red") + Text(": ") + said, indent=6)


def _small_print(answer: Answer) -> str:
    """Return what answered, in how many seconds and from how many passages, and what was left out."""
    seconds = sum(answer.trace.get(stage, 0.0) for stage in _STAGES)
    facts = [answer.origin, *([f"{seconds:.1f} s"] if seconds else []), *answer.shortfalls]
    if answer.hits:
        facts.insert(2, answer.messages.passages.format(count=len(answer.hits)))
    return flat("; ".join(facts))
