"""`ragkit search`: the passages, without an answer."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ragkit.answer import remarks, results_dict
from ragkit.cli.console import flat, out, print_json, print_wrapped
from ragkit.cli.narrowing import unmet
from ragkit.cli.opening import require_documents, workspace
from ragkit.documents import Hit
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
        require_documents(opened, assistant)
        found = opened.results(query, assistant=assistant, limit=limit, where=condition, viewer=opened.store.owner)
        reasons = [] if found.hits else unmet(opened.store, condition)
    if as_json:
        print_json(results_dict(found))
        return 0
    for remark in remarks(spelled=found.spelled, absent=found.absent, unembedded=found.unembedded):
        print_wrapped(Text(flat(remark), style="yellow"))
    for number, hit in enumerate(found.hits, start=1):
        _print_hit(number, hit)
    if not found.hits:
        out.print(Text(flat(" ".join(["Nothing found.", *reasons]))))
    return 0


def _print_hit(number: int, hit: Hit) -> None:
    chunk = hit.chunk
    page = f", page {chunk.page}" if chunk.page else ""
    head = Text(f"{number}. ", style="bold")
    head.append(f"{flat(chunk.heading or chunk.title)} ", style="cyan")
    head.append(f"({flat(chunk.uri)}{page})", style="dim")
    out.print(head)
    print_wrapped(Text(_beginning(flat(chunk.text))), indent=3)
    if places := dict.fromkeys(f"{each.uri}{f', page {each.page}' if each.page else ''}" for each in hit.repeats):
        print_wrapped(Text(flat(f"The same again: {'; '.join(places)}"), style="dim"), indent=3)
    print_wrapped(Text("  ".join(f"{name} {value:.4g}" for name, value in hit.why.items()), style="dim"), indent=3)
    out.print()


def _beginning(text: str) -> str:
    """Return whole words from the beginning of a text."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rpartition(' ')[0] or text[:_SHOWN]} …"
