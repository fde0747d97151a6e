"""`ragkit ingest`: bring sources into the store."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ragkit.cli.terminal import ingest_progress, print_json, print_report, workspace
from ragkit.ingest import IngestReport


def run(*, targets: Sequence[str], store: Path | None, config: Path | None, retry: bool, as_json: bool) -> int:
    """Ingest one target after the other; 1 if something in one of them failed."""
    reports: list[IngestReport] = []
    with workspace(store, config) as opened:
        for target in targets:
            with ingest_progress() as bar:
                reports.append(opened.ingest(target, retry=retry, on_progress=bar))
            if not as_json:
                print_report(reports[-1])
    if as_json:
        print_json({"reports": [asdict(report) | {"failed": report.failed} for report in reports]})
    return 1 if any(report.failures for report in reports) else 0
