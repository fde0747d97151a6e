"""`ragkit eval`: how good the search is, in figures."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import err, flat, out, print_json, print_wrapped
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.progress import counting, ingest_progress
from ragkit.config_file import load_config
from ragkit.errors import ConfigError
from ragkit.evaluation.bootstrap import Interval
from ragkit.evaluation.pages.retrieval_page import page, remarks
from ragkit.evaluation.retrieval.measuring import evaluate
from ragkit.evaluation.retrieval.metrics import MAIN, METRICS
from ragkit.evaluation.retrieval.outcomes import RETRIEVERS, SINGLE, Loser, Report
from ragkit.evaluation.retrieval.runs import run_files
from ragkit.evaluation.sets.beir import read_collection
from ragkit.evaluation.sets.collection_store import collection_store
from ragkit.evaluation.sets.questions import QuestionSet, read_cases
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_IN_HTML = 50


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What is to come out."""

    run_file: Path | None
    html: Path | None
    losers: int
    as_json: bool


def retrieval(
    *,
    folder: Path | None,
    cases: Path | None,
    split: str,
    keep: Path | None,
    run_file: Path | None,
    losers: int,
    html: Path | None,
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Measure on a collection, or with questions of one's own; 1 if a document of the collection was refused."""
    wanted = _Wanted(run_file=run_file, html=html, losers=losers, as_json=as_json)
    if folder and not (cases or store):
        return _on_collection(folder, wanted, split=split, keep=keep, config=config)
    if cases and not (folder or keep):
        questions = read_cases(cases)
        with workspace(store, config) as opened:
            require_documents(opened, None)
            _measure(opened, questions, wanted, {"failed": 0, "repeated": 0})
        return 0
    message = "give the folder of a collection (with --keep, if you like), or --cases FILE (with --store, if you like)."
    raise ConfigError(message, setting="eval")


def _on_collection(folder: Path, wanted: _Wanted, *, split: str, keep: Path | None, config: Path | None) -> int:
    collection = read_collection(folder, split=split)
    with ExitStack() as stack:
        with ingest_progress() as bar:
            opened, report = stack.enter_context(
                collection_store(collection.corpus, load_config(config), keep=keep, on_progress=bar)
            )
        for failure in report.failures[:10]:
            err.print(Text(flat(failure.message), style="yellow"))
        counts = {"failed": report.failed, "repeated": collection.corpus.repeated}
        _measure(opened, collection.questions, wanted, counts)
    return 1 if report.failures else 0


def _measure(opened: Workspace, questions: QuestionSet, wanted: _Wanted, counts: Mapping[str, int]) -> None:
    if wanted.html:
        # A place that can't be written to is told before the hours of work.
        wanted.html.touch()
    with ExitStack() as stack:
        write = stack.enter_context(run_files(wanted.run_file)) if wanted.run_file else _nowhere
        bar = stack.enter_context(counting("Asking"))
        report = evaluate(opened, questions, on_rankings=write, on_progress=bar)
    if wanted.html:
        wanted.html.write_text(page(report, losers=wanted.losers or _IN_HTML), encoding="utf-8", newline="\n")
    if wanted.as_json:
        print_json(_as_dict(report, counts, losers=wanted.losers))
    else:
        _print(report, counts, losers=wanted.losers)


def _nowhere(_question: str, _rankings: object) -> None:
    """Write nothing."""


def _as_dict(report: Report, counts: Mapping[str, int], *, losers: int) -> dict[str, object]:
    """Return the report for programs; docs/json.md describes the keys."""
    return {
        "collection": report.name,
        "embedder": report.embedder,
        "reranker": report.reranker,
        "documents": report.documents,
        "chunks": report.chunks,
        **counts,
        "questions": len(report.outcomes),
        "unanswerable": report.unanswerable,
        "left_out": asdict(report.left_out),
        "missing_documents": report.missing_documents,
        "means": [asdict(mean) for mean in report.means],
        "differences": [asdict(difference) for difference in report.differences],
        "thresholds": [asdict(threshold) for threshold in report.thresholds],
        "calibration": asdict(report.calibration),
        "losers": [asdict(loser) for loser in report.losers(losers)],
    }


def _print(report: Report, counts: Mapping[str, int], *, losers: int) -> None:
    stored = f"{counted(report.documents, 'document')} in {counted(report.chunks, 'chunk')}"
    sizes = f"{counted(len(report.outcomes), 'question')}, {stored}"
    out.print(Text(flat(f"{report.name}: {sizes}, {report.embedder}")))
    for remark in _remarks(report, counts):
        print_wrapped(Text(flat(remark), style="yellow"))
    out.print()
    means = [[report.mean(metric, name) for name in RETRIEVERS] for metric in METRICS]
    _print_table("mean", (*SINGLE, report.searched), means)
    out.print()
    differences = {(one.metric, one.against): one for one in report.differences}
    rows = [[differences[metric, name] for name in SINGLE] for metric in METRICS]
    _print_table(f"{report.searched} less", SINGLE, rows, sign="+")
    for name in SINGLE:
        one = differences[MAIN, name]
        told = f"better for {one.won}, worse for {one.lost}, the same for {one.tied}"
        out.print(f"{MAIN} of {report.searched} and {name}: {told}.")
    out.print(Text("In brackets: 95 % intervals, 1,000 bootstrap resamples of the questions.", style="dim"))
    for loser in report.losers(losers):
        _print_loser(loser, report.searched)


def _remarks(report: Report, counts: Mapping[str, int]) -> list[str]:
    """Return what the figures do not count, or count as not found."""
    more = [
        (counts["failed"], "document", "that could not be stored"),
        (counts["repeated"], "line", "of the corpus with an id that came before, left out"),
    ]
    return [*remarks(report), *(f"{counted(count, noun)} {said}." for count, noun, said in more if count)]


def _print_table(title: str, names: Sequence[str], rows: Sequence[Sequence[Interval]], *, sign: str = "") -> None:
    width = 26 if sign else 22
    head = f"{title:12}{'n':>6}  " + "".join(f"{name:{width}}" for name in names)
    out.print(Text(head.rstrip(), style="bold"))
    for metric, row in zip(METRICS, rows, strict=True):
        line = f"{metric:12}{row[0].n:>6}  " + "".join(f"{one.shown(sign=sign):{width}}" for one in row)
        out.print(line.rstrip())


def _print_loser(loser: Loser, searched: str) -> None:
    out.print()
    values = f"{MAIN} {loser.hybrid:.3f} with {searched}, {loser.other:.3f} with {loser.against}"
    print_wrapped(Text(flat(f"{loser.id}: {loser.question}"), style="cyan"))
    print_wrapped(Text(values, style="dim"), indent=3)
    for place in loser.relevant:
        ranks = f"{_rank(place.hybrid)} with {searched}, {_rank(place.other)} with {loser.against}"
        print_wrapped(Text(flat(f"{place.uri}: {ranks}")), indent=3)


def _rank(rank: int | None) -> str:
    return f"rank {rank}" if rank else "not found"
