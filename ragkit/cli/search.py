"""`ragkit search`: the passages, without an answer."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ragkit.answer import hit_dict
from ragkit.cli.terminal import out, print_json, workspace
from ragkit.documents import Hit, Viewer
from ragkit.filters import parse_filter

_SHOWN = 300


def run(
    *,
    query: str,
    store: Path | None,
    assistant: str | None,
    limit: int | None,
    where: Sequence[str],
    config: Path | None,
    as_json: bool,
) -> int:
    """Print the hits, best first."""
    condition = parse_filter(where)
    with workspace(store, config) as opened:
        hits = opened.search(query, assistant=assistant, limit=limit, where=condition, viewer=Viewer.local())
    if as_json:
        print_json({"query": query, "hits": [hit_dict(hit) for hit in hits]})
        return 0
    for number, hit in enumerate(hits, start=1):
        _print_hit(number, hit)
    if not hits:
        out.print("Nothing found.")
    return 0


def _print_hit(number: int, hit: Hit) -> None:
    chunk = hit.chunk
    page = f", page {chunk.page}" if chunk.page else ""
    head = Text(f"{number}. ", style="bold")
    head.append(f"{chunk.heading or chunk.title} ", style="cyan")
    head.append(f"({chunk.uri}{page})", style="dim")
    out.print(head)
    out.print(Text(" ".join(chunk.text.split())[:_SHOWN]))
    out.print(Text("  ".join(f"{name} {value:.4g}" for name, value in hit.why.items()) + "\n", style="dim"))
