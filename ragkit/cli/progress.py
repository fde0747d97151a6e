"""Bars on standard error while something takes its time; nothing where that is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ragkit.cli.console import err, flat
from ragkit.ingestion.ingest import Progress as Done


def bars() -> Progress:
    """Return what shows bars, none of them yet."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show one bar, which is told how many are done, and of how many."""
    with bars() as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def ingest_progress() -> Iterator[Callable[[Done], None]]:
    """Show a bar that is told each resource that is done, and then each batch of vectors: for them it begins anew."""
    with bars() as progress:
        task = progress.add_task("looking", total=None)

        def show(done: Done) -> None:
            name = "embedding" if done.outcome == "embedded" else flat(Path(done.uri).name[:32])
            progress.update(task, description=name, completed=done.done, total=done.total)

        yield show
