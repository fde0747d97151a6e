"""`ragkit store`: look after a store."""

from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.cli.terminal import out, print_json, workspace


def stats(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print counts and sizes."""
    with workspace(store, config) as opened:
        found = opened.store.stats()
    if as_json:
        print_json(asdict(found))
        return 0
    for name, value in asdict(found).items():
        out.print(Text(f"{name:12} {value}"))
    return 0


def repair(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Rebuild the vector index and print how many vectors it holds."""
    with workspace(store, config) as opened, opened.store.writing():
        vectors = opened.store.rebuild()
    if as_json:
        print_json({"vectors": vectors})
    else:
        out.print(f"Rebuilt the index: {vectors} vectors.")
    return 0
