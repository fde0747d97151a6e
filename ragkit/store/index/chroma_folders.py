"""The folders in which an embedded Chroma keeps the indexes of one store, looked at without loading Chroma."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from ragkit.errors import StoreDamaged
from ragkit.store.catalog.damage import repair_command
from ragkit.store.catalog.room import full
from ragkit.store.index.base import Finding, VectorIndex
from ragkit.store.index.seal import cut_short, is_flushed_since, is_intact, take_seal

_log = logging.getLogger(__name__)
_CHILD = (sys.executable, "-m", "ragkit.store.index.child")
_CHILD_SECONDS = 600.0


class Opener(Protocol):
    """Opens one collection in a folder, such as the class `ChromaIndex`; `store` is named in what it raises."""

    def __call__(self, location: Path, *, collection: str, store: Path) -> VectorIndex:
        """Return the collection, made if it is not there."""
        ...


class FolderIndexes:
    """The collections of one store, each in a folder of its own below `folder`, which lies in the store's own.

    `opener` opens one. It alone needs Chroma, which takes a second to import.
    """

    def __init__(self, folder: Path, opener: Opener) -> None:
        self._folder = folder
        self._opener = opener

    def open(self, name: str) -> VectorIndex:
        """Return a collection, made if it is not there.

        Raises:
            StoreDamaged: its files can't be read.
        """
        return self._opener(self._folder / name, collection=name, store=self._folder.parent)

    def drop(self, name: str) -> None:
        """Remove a collection and its files."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def seal(self, name: str) -> str:
        """Return the sizes, times, checksums and counts of a collection's files."""
        return take_seal(self._folder / name)

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:
        """Compare with a seal, without opening Chroma."""
        # That of a server is no JSON.
        return seal.startswith("{") and is_intact(self._folder / name, seal, thorough=thorough)

    def is_flushed_since(self, name: str, seal: str) -> bool:
        """Compare the files of the last flush with the seal's."""
        return is_flushed_since(self._folder / name, seal)

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare with the catalog; files are opened in a child process, which they may end."""
        if file := cut_short(self._folder / name):
            return Finding(indexed=0, fault=f"{file} was written in part only")
        try:
            return Finding(**self._in_a_child("examine", name, folder, str(most)))
        except subprocess.TimeoutExpired:
            return Finding(indexed=0, fault=f"it was not read in {_CHILD_SECONDS:.0f} s")
        except subprocess.CalledProcessError as error:
            _log.info("the child that read %s: %s", name, error.stderr[-2000:])
            return Finding(indexed=0, fault=f"reading it ended a process ({error.returncode})")

    def build_apart(self, name: str, folder: Path) -> int:
        """Fill a collection in a child process, whose memory holds nothing that was forgotten."""
        try:
            found = self._in_a_child("fill", name, folder)
        except subprocess.SubprocessError as error:
            message = f"the vector index of {str(folder)!r} can't be built ({type(error).__name__})"
            raise StoreDamaged(f"{message}. Run: {repair_command(folder)}") from error
        if found["full"]:
            raise full(folder)
        return int(found["vectors"])

    def _in_a_child(self, work: str, name: str, folder: Path, *rest: str) -> dict[str, Any]:
        command = [*_CHILD, work, str(self._folder / name), name, str(folder), *rest]
        child = subprocess.run(command, capture_output=True, text=True, timeout=_CHILD_SECONDS, check=True)
        return dict(json.loads(child.stdout))
