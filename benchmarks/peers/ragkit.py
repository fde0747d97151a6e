"""ragkit, with its default settings and its own road of a document: listed, fetched, parsed in a child process."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.peers.peer import LIMIT
from ragkit.config import Config
from ragkit.documents import Listing, Resource, Viewer
from ragkit.workspace import open_workspace


class Rows:
    """A connector for texts in memory."""

    name = "rows"

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        self._texts = dict(rows)

    def list(self) -> Iterator[Listing]:
        """Yield every text, with the hash of it as its revision."""
        for identity, text in self._texts.items():
            yield Listing(uri=identity, revision=hashlib.sha256(text.encode()).hexdigest())

    def fetch(self, listing: Listing) -> Resource:
        """Return a text."""
        body = self._texts[listing.uri].encode()
        return Resource(uri=listing.uri, body=body, media_type="text/plain", revision=listing.revision)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class Ragkit:
    """A workspace, with the viewer of its owner."""

    def __init__(self, folder: Path, _weights: str) -> None:
        self._workspace = open_workspace(folder / "ragkit", config=Config())

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Ingest the rows."""
        if failures := self._workspace.ingest(Rows(rows)).failures:
            raise SystemExit(failures[0].message)

    def search(self, question: str) -> Sequence[str]:
        """Ask the search that assistants ask; what says the same as a hit is named with it, and counts."""
        hits = self._workspace.retriever().retrieve(question, limit=LIMIT, viewer=Viewer.local())
        return [chunk.uri for hit in hits for chunk in (hit.chunk, *hit.repeats)]
