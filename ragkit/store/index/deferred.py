"""Vector indexes whose library is loaded by the first call, since most searches make none."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from ragkit.store.index.base import Finding, Indexes, VectorIndex


class DeferredIndexes:
    """The indexes that `made` returns; it is called once, when one of them is first asked for.

    Chroma takes half a second to import, and a search among vectors that are in memory has no use for it.
    """

    def __init__(self, made: Callable[[], Indexes]) -> None:
        self._make = made

    def open(self, name: str) -> VectorIndex:
        """Return the index of that name, empty if there is none yet."""
        return self._made.open(name)

    def drop(self, name: str) -> None:
        """Remove an index and all its files."""
        self._made.drop(name)

    def seal(self, name: str) -> str:
        """Return a mark of what the index holds now."""
        return self._made.seal(name)

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:
        """Whether the index is as it was when that seal was taken."""
        return self._made.is_intact(name, seal, thorough=thorough)

    def is_flushed_since(self, name: str, seal: str) -> bool:
        """Whether a writer began to write files since that seal was taken."""
        return self._made.is_flushed_since(name, seal)

    def build_apart(self, name: str, folder: Path) -> int:
        """Make an index of all the vectors of the catalog in `folder`, and return how many it has."""
        return self._made.build_apart(name, folder)

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare the index with the catalog in `folder`."""
        return self._made.probe(name, folder, most=most)

    @cached_property
    def _made(self) -> Indexes:
        return self._make()
