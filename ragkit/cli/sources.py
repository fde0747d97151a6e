"""`ragkit sources`: what is configured, installed and stored."""

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from ragkit.cli.console import out, plain, print_json
from ragkit.cli.opening import workspace
from ragkit.cli.terminal import waiting
from ragkit.connector import installed_connectors
from ragkit.workspace import Workspace


def run(*, config: Path | None, store: Path | None, as_json: bool) -> int:
    """Print the sources of the settings and those that the store has documents of."""
    return _listed(workspace(store, config), as_json=as_json)


def _listed(opened: Workspace, *, as_json: bool) -> int:
    stored, lacking = _stored(opened)
    configured = {name: source.connector for name, source in opened.config.sources.items()}
    rows = [
        {"name": name, "connector": configured.get(name), "documents": stored.get(name, 0)}
        for name in sorted(configured.keys() | stored.keys())
    ]
    if as_json:
        print_json({"sources": rows, "connectors": list(installed_connectors()), "unembedded": lacking})
        return 0
    table = Table("source", "connector", "documents")
    for row in rows:
        table.add_row(plain(str(row["name"])), str(row["connector"] or "-"), str(row["documents"]))
    out.print(table if rows else "No sources yet. Run: ragkit ingest PATH")
    if lacking:
        out.print(waiting(lacking))
    out.print(f"Installed connectors: {', '.join(installed_connectors())}")
    return 0


def _stored(opened: Workspace) -> tuple[Mapping[str, int], int]:
    """Return the documents by source, and how many chunks wait for their vectors."""
    if not opened.exists:
        return {}, 0
    with opened.maintenance() as kept:
        found = kept.stats()
    return found.sources, found.unembedded
