"""What every framework is asked to do, so that all are asked the same."""

from collections.abc import Sequence
from typing import Protocol

# So many chunks are asked for; the best ten documents among them are judged.
LIMIT = 30


class Peer(Protocol):
    """A store on disk with one framework's hybrid search."""

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Take in documents, an id and a text each, and keep them on disk."""
        ...

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the documents of the nearest `LIMIT` chunks, best first; an id may come twice."""
        ...
