"""What a process of its own does for the benchmarks with ragkit: `python -m benchmarks.fresh_ragkit ACTION ...`.

It prints when it had done it, by the clock that all processes share, its seconds of all cores, and its memory.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.told import QUESTION, of_children, tell
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.models.embedding.minilm import MiniLM
from ragkit.workspace import open_workspace

LIMIT = 10


def embed() -> None:
    """Embed one question."""
    MiniLM().embed_query(QUESTION)
    tell()


def search(folder: str) -> None:
    """Open a store and search it once."""
    with open_workspace(folder, config=Config()) as workspace:
        workspace.retriever().retrieve(QUESTION, limit=LIMIT, viewer=Viewer.local())
        tell()


def ingest(source: str, folder: str) -> None:
    """Ingest a folder."""
    with open_workspace(folder, config=Config()) as workspace:
        parser = [0.0]
        report = workspace.ingest(Path(source), on_progress=lambda _: parser.append(of_children()))
        tell(embedded=report.embedded, unchanged=report.unchanged, child_megabytes=max(parser))


ACTIONS: dict[str, Callable[..., None]] = {"embed": embed, "search": search, "ingest": ingest}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](*sys.argv[2:])
