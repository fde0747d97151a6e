"""What the store asks of a vector index. The index is derived: it may be thrown away and built again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ragkit.models.embedding.embedder import Vectors

# Chroma's own default of 100 neighbours at search time misses some of the ten nearest in stores over 50,000 chunks.
NEIGHBOURS = 200


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a look at an index found. `indexed` counts the catalog's vectors that it holds; no `fault`, all is well."""

    indexed: int
    fault: str


class VectorIndex(Protocol):
    """Ids and unit vectors, nothing else: text, metadata and permissions stay in the catalog."""

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add or overwrite; `vectors` has one row an id. No ids, nothing happens."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove; an id that is not there is no error."""
        ...

    def nearest(self, vectors: Vectors, *, limit: int) -> list[list[tuple[str, float]]]:
        """Return for each row of `vectors` ids with their cosine similarity, best first. Empty index, empty lists.

        Raises:
            StoreDamaged: the index can't be read.
            IndexUnavailable: the server that keeps it does not answer; so may every other call here and below.
        """
        ...

    def ids(self) -> set[str]:
        """Return every id that the index holds."""
        ...

    def reopen(self) -> None:
        """Look again at what is stored: another process has written since."""
        ...


class Indexes(Protocol):
    """Where the indexes of one store live, side by side, so that a new one can be built while the old one serves."""

    def open(self, name: str) -> VectorIndex:
        """Return the index of that name, empty if there is none yet."""
        ...

    def drop(self, name: str) -> None:
        """Remove an index and all its files; one that is not there is no error."""
        ...

    def seal(self, name: str) -> str:
        """Return a mark of what the index holds now; empty if there is no such index, or nobody can say.

        Makes and opens nothing, and raises nothing.
        """
        ...

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:
        """Whether the index is as it was when that seal was taken; `thorough` takes nothing on trust.

        The seal may be of another kind of index, since the settings may have changed.
        """
        ...

    def is_flushed_since(self, name: str, seal: str) -> bool:
        """Whether a writer began to write files since that seal was taken; killed, it may have left half of them."""
        ...

    def build_apart(self, name: str, folder: Path) -> int:
        """Make an index of all the vectors of the catalog in `folder`, and return how many it has.

        Its files hold nothing of what this process has in its memory.

        Raises:
            StoreFull: the disk took no more.
            StoreDamaged: it can't be built.
        """
        ...

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare the index with the catalog in `folder`, searching for at most so many vectors.

        Whatever happens to the index, the process of the caller lives, and nothing but IndexUnavailable is raised.
        """
        ...
