"""`ragkit ingest`: bring sources into the store."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ragkit.cli.console import print_error, print_json, told
from ragkit.cli.opening import workspace
from ragkit.cli.progress import ingest_progress
from ragkit.cli.terminal import print_report, resumable
from ragkit.errors import ConfigError, ModelError, RagkitError, StoreError
from ragkit.ingestion.ingest import IngestReport
from ragkit.workspace import Workspace


@dataclass(kw_only=True)
class _Job:
    """What became of the targets so far."""

    reports: list[IngestReport] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)


def run(*, targets: Sequence[str], store: Path | None, config: Path | None, retry: bool, as_json: bool) -> int:
    """Ingest one target after the other; 1 if something in one of them failed, 2 if nothing could be begun.

    Without targets, all sources of the settings.
    """
    job = _Job()
    with resumable(), workspace(store, config) as opened:
        for target in targets or _sources(opened):
            if not _ingested(opened, target, job, retry=retry, quiet=as_json):
                break
    if not job.reports:
        return 2
    if as_json:
        reports = [asdict(_fit(report)) | {"failed": report.failed} for report in job.reports]
        print_json({"reports": reports, "errors": job.errors})
    return 1 if job.errors or any(report.failures for report in job.reports) else 0


def _sources(opened: Workspace) -> Sequence[str]:
    sources = list(opened.config.sources)
    if not sources:
        message = "there is nothing to ingest: the settings have no source. Run: ragkit ingest PATH"
        raise ConfigError(message, setting="sources")
    return sources


def _fit(report: IngestReport) -> IngestReport:
    failures = (
        replace(one, source=told(one.source), uri=told(one.uri), message=told(one.message)) for one in report.failures
    )
    return replace(report, source=told(report.source), failures=tuple(failures))


def _ingested(opened: Workspace, target: str, job: _Job, *, retry: bool, quiet: bool) -> bool:
    """Ingest one target, and return whether it makes sense to go on with the next one."""
    try:
        with ingest_progress() as bar:
            report = opened.ingest(target, retry=retry, on_progress=bar)
    except RagkitError as error:
        print_error(str(error))
        job.errors.append({"target": told(target), "error": type(error).__name__, "message": told(str(error))})
        # Without the store or the model nothing else would work either.
        return not isinstance(error, StoreError | ModelError)
    job.reports.append(report)
    if not quiet:
        print_report(report)
    return True
