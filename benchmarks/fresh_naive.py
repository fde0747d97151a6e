"""What a process of its own does for the benchmarks with the naive pipeline; see `fresh_ragkit`."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import naive
from benchmarks.told import QUESTION, tell

LIMIT = 10


def embed() -> None:
    """Embed one question."""
    naive.Transformer().embed_query(QUESTION)
    tell()


def search(folder: str) -> None:
    """Open a store and search it once."""
    naive.opened(Path(folder), naive.Transformer()).similarity_search(QUESTION, k=LIMIT)
    tell()


def ingest(source: str, folder: str) -> None:
    """Ingest a folder."""
    chroma = naive.opened(Path(folder), naive.Transformer())
    tell(chunks=naive.ingest(chroma, sorted(Path(source).rglob("*.md"))))


ACTIONS: dict[str, Callable[..., None]] = {"embed": embed, "search": search, "ingest": ingest}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](*sys.argv[2:])
