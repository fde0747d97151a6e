"""txtai: an index of both kinds, which takes each text as one chunk, with its own weights of both."""

from collections.abc import Sequence
from pathlib import Path

from txtai import Embeddings

from benchmarks.peers.peer import LIMIT


class Txtai:
    """Embeddings with `hybrid`, saved to a folder."""

    def __init__(self, folder: Path, weights: str) -> None:
        self._folder = folder / "txtai"
        self._embeddings = Embeddings(path=weights, hybrid=True)
        if self._folder.exists():
            self._embeddings.load(str(self._folder))

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Add what is new, write anew what was there, and save the index."""
        self._embeddings.upsert([(identity, text, None) for identity, text in rows])
        self._embeddings.save(str(self._folder))

    def search(self, question: str) -> Sequence[str]:
        """Ask the index."""
        return [str(identity) for identity, _ in self._embeddings.search(question, LIMIT)]
