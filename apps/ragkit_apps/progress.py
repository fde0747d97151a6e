"""An ingest that people can watch, and what it did."""

import streamlit as st

from ragkit.connector import Connector
from ragkit.ingest import IngestReport, Progress
from ragkit.store.catalog.writing import Failure
from ragkit.workspace import Workspace
from ragkit_apps import notices
from ragkit_apps.markup import escape, small

_STAGES = {"list": "listing", "fetch": "fetching", "parse": "reading", "embed": "embedding", "store": "storing"}


def ingest(opened: Workspace, connector: Connector, *, retry: bool = False) -> IngestReport | None:
    """Bring a source into the store under a progress bar; an error is shown, and then there is no report."""
    bar = st.progress(0.0, text="Looking at what is there")

    def move(step: Progress) -> None:
        what = "passages found by meaning too" if step.outcome == "embedded" else "documents"
        bar.progress(step.done / max(step.total, 1), text=f"{step.done} of {step.total} {what}")

    report = None
    with notices.shown():
        report = opened.ingest(connector, retry=retry, on_progress=move)
    bar.empty()
    return report


def show_report(report: IngestReport) -> None:
    """Show what an ingest did, with every failure and its reason."""
    numbers = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "deleted", "failed")}
    text = ", ".join(f"{count} {name}" for name, count in numbers.items())
    notices.show(text, tone="warning" if report.failed else "good", title="Done")
    show_failures(report.failures)


def show_failures(failures: tuple[Failure, ...]) -> None:
    """List what could not be ingested, and why."""
    rows = "".join(_row(failure) for failure in failures)
    if rows:
        st.html(f'<ul class="rk-failures">{rows}</ul>')


def _row(failure: Failure) -> str:
    stage = _STAGES[failure.stage]
    return f"<li><strong>{escape(failure.uri)}</strong> {escape(failure.message)}{small(f'failed while {stage}')}</li>"
