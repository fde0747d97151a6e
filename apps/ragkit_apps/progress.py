"""An ingest in the background, which people watch as far as they like, and what it did."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import streamlit as st

from ragkit.connector import Connector
from ragkit.ingestion.ingest import IngestReport, Progress
from ragkit.store.catalog.writing import Failure
from ragkit.workspace import Workspace
from ragkit_apps import notices, session
from ragkit_apps.markup import escape, small
from ragkit_apps.work import Work

_STAGES = {"list": "listing", "fetch": "fetching", "parse": "reading", "embed": "embedding", "store": "storing"}
_SHOWN = 5
_NOTHING_YET = Progress(uri="", outcome="unchanged", done=0, total=0)


@dataclass(kw_only=True, eq=False)
class Ingesting:
    """An ingest that these pages started: one that is over without report and error was stopped."""

    source: str
    work: Work[Progress]
    report: IngestReport | None = None
    error: Exception | None = None

    @property
    def whole(self) -> bool:
        """Whether everything was read."""
        return self.report is not None and not self.report.failures

    def show(self) -> None:
        """Show what it did, or why it could not."""
        if self.error:
            notices.show_error(self.error)
        elif self.report:
            show_report(self.report)
        else:
            notices.show("What was read by then stays.", title="Stopped")


# By workspace: what is read now, or was read last while nobody watched.
_CURRENT: WeakKeyDictionary[Workspace, Ingesting] = WeakKeyDictionary()


def busy(opened: Workspace) -> bool:
    """Whether these pages are reading a source just now; there is one writer at a time."""
    current = _CURRENT.get(opened)
    return current is not None and not current.work.over


def told(opened: Workspace) -> str:
    """Return how many have been read of the documents that are being read just now; empty if none are."""
    current = _CURRENT.get(opened)
    if current is None or current.work.over:
        return ""
    step = current.work.state
    return _told(step) if step.total else "how many there are was not known yet"


def start(opened: Workspace, connector: Connector, *, retry: bool = False) -> None:
    """Bring a source into the store in the background; leaving the page does not end it.

    Raises:
        Busy: another page has begun to read a source.
    """
    if busy(opened):
        raise session.Busy("Another source is being read just now. Add this one when that is over.")

    def ingest(tell: Callable[[Progress], None]) -> None:
        with notices.caught(failed):
            made.report = opened.ingest(connector, retry=retry, on_progress=tell)

    def failed(error: Exception) -> None:
        made.error = error

    made = Ingesting(source=connector.name, work=Work(ingest, state=_NOTHING_YET))
    _CURRENT[opened] = made
    made.work.start()


def stop(opened: Workspace) -> None:
    """End the ingest after what it is reading just now."""
    if current := _CURRENT.get(opened):
        current.work.stop()


def watch(opened: Workspace) -> Ingesting | None:
    """Show how far the ingest is until it is over, and return it then; None if there is none."""
    current = _CURRENT.get(opened)
    if current is None:
        return None
    bar, button = st.empty(), st.empty()
    # It ends behind the batch that is being embedded, which may take seconds.
    stopping = current.work.stopping
    pressed = partial(button.button, icon=":material/stop_circle:", type="tertiary", key="stop-ingest")
    pressed("Stopping …" if stopping else "Stop", on_click=stop, args=(opened,), disabled=stopping)
    for step in current.work.states():
        bar.progress(step.done / max(step.total, 1), text=_told(step))
    bar.empty()
    button.empty()
    _CURRENT.pop(opened, None)
    return current


def _told(step: Progress) -> str:
    if not step.total:
        return "Looking at what is there"
    what = "passages found by meaning too" if step.outcome == "embedded" else "documents"
    return f"{step.done:,} of {step.total:,} {what}"


def show_report(report: IngestReport) -> None:
    """Show what an ingest did, with every failure and its reason."""
    numbers = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "deleted", "failed")}
    if report.reread:
        numbers["read again by a newer parser"] = report.reread
    text = ", ".join(f"{count} {name}" for name, count in numbers.items())
    notices.show(text, tone="warning" if report.failed else "good", title="Done")
    show_failures(report.failures)


def show_failures(failures: tuple[Failure, ...]) -> None:
    """List what could not be ingested, and why; what is over the first few is folded."""
    shown, folded = failures[:_SHOWN], failures[_SHOWN:]
    if folded:
        st.html(_rows(shown) + f"<details><summary>{len(folded):,} more</summary>{_rows(folded)}</details>")
    elif shown:
        st.html(_rows(shown))


def _rows(failures: tuple[Failure, ...]) -> str:
    return f'<ul class="rk-failures">{"".join(map(_row, failures))}</ul>'


def _row(failure: Failure) -> str:
    return f"<li>{escape(failure.told)}{small(f'failed while {_STAGES[failure.stage]}')}</li>"
