"""When a writer is killed, and what shows that the kill hit what it was aimed at."""

import glob
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from ragkit.store.index.base import VectorIndex
from ragkit.store.index.chroma import ChromaIndex
from tests.reliability.forked import ForkedIndexes

PICKLE = "index_metadata.pickle"
# A flush writes these in this order, the last one from nothing.
FLUSHED = ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin", PICKLE)
# The last byte of every pickle.
_PICKLED = b"."
_PATIENCE = 60.0
Stamps = dict[str, dict[str, tuple[int, int]]]


class Aim(Protocol):
    """`name` is what the table calls it; `step` a failpoint at which the writer kills itself, the `nth` time."""

    @property
    def name(self) -> str: ...

    @property
    def step(self) -> str: ...

    @property
    def nth(self) -> int: ...

    def wait(self, writer: BaseProcess, folder: Path) -> None:
        """Return at the moment of the kill, or when the writer has ended."""
        ...

    def hit(self, folder: Path) -> bool:
        """Whether the killed writer was where it was to be killed."""
        ...


@dataclass
class Moment:
    """Some seconds after the writer has begun."""

    seconds: float
    name: str = "at a random moment"
    step: str = ""
    nth: int = 1

    def wait(self, writer: BaseProcess, folder: Path) -> None:
        writer.join(self.seconds)

    def hit(self, folder: Path) -> bool:
        return True


@dataclass
class Step:
    """At a failpoint, by the writer's own hand."""

    step: str
    nth: int = 1

    @property
    def name(self) -> str:
        return f"at the step {self.step!r}"

    def wait(self, writer: BaseProcess, folder: Path) -> None:
        writer.join(_PATIENCE)

    def hit(self, folder: Path) -> bool:
        return True


@dataclass
class Call:
    """Some seconds into a call of Chroma's `upsert` or `delete`, the first or a later one."""

    method: str
    number: int
    seconds: float
    step: str = ""
    nth: int = 1

    @property
    def name(self) -> str:
        return f"within Chroma's {self.method}"

    def wait(self, writer: BaseProcess, folder: Path) -> None:
        calls = marks(folder)
        for _ in _polls(writer):
            if calls.exists() and calls.read_text("utf-8").count(self.method[0]) >= self.number:
                time.sleep(self.seconds)
                return

    def hit(self, folder: Path) -> bool:
        return marks(folder).read_text("utf-8").endswith(self.method[0])


@dataclass
class Flush:
    """As soon as one of the files of a flush is seen to change; '' is any of them."""

    file: str
    name: str = "within a flush of the index"
    step: str = ""
    nth: int = 1
    _before: Stamps = field(default_factory=dict)

    def wait(self, writer: BaseProcess, folder: Path) -> None:
        self._before = _stamps(folder)
        for _ in _polls(writer):
            now = _stamps(folder)
            if any(self._changed(place, now) for place in self._before.keys() & now.keys()):
                return
            if now.keys() != self._before.keys():
                self._before = now

    def _changed(self, place: str, now: Stamps) -> bool:
        names = (self.file,) if self.file else FLUSHED
        return any(now[place].get(name) != self._before[place].get(name) for name in names)

    def hit(self, folder: Path) -> bool:
        """Whether some files are of this flush, and the last one is of the flush before, or is not whole."""
        after = _stamps(folder)
        for place in self._before.keys() & after.keys():
            old, new = self._before[place], after[place]
            if old != new and (new[PICKLE] == old[PICKLE] or not Path(place, PICKLE).read_bytes().endswith(_PICKLED)):
                return True
        return False


def marks(folder: Path) -> Path:
    """Return the file in which `MarkedIndexes` notes the calls of a store's writer."""
    return folder.with_suffix(".calls")


class MarkedIndexes(ForkedIndexes):
    """Chroma, which notes each call and its end by a letter in a file: 'ud' is a delete that has not ended."""

    def __init__(self, folder: Path, *, sync_threshold: int) -> None:
        super().__init__(folder / "index", partial(ChromaIndex, sync_threshold=sync_threshold))
        self._file = os.open(marks(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)

    def open(self, name: str) -> VectorIndex:
        index = super().open(name)
        index.upsert = self._marked("u", index.upsert)  # type: ignore[method-assign]  # seen from outside
        index.delete = self._marked("d", index.delete)  # type: ignore[method-assign]  # seen from outside
        return index

    def _marked(self, letter: str, call: Callable[..., None]) -> Callable[..., None]:
        def marked(*arguments: object) -> None:
            os.write(self._file, letter.encode())
            call(*arguments)
            os.write(self._file, b".")

        return marked


def _polls(writer: BaseProcess) -> Iterator[None]:
    """Yield as often as can be without taking a core from the writer, until it has ended."""
    deadline = time.monotonic() + _PATIENCE
    while writer.is_alive() and time.monotonic() < deadline:
        yield
        time.sleep(0.0002)


def _stamps(folder: Path) -> Stamps:
    """Return size and time of the files of each index that was flushed already."""
    found: Stamps = {}
    # An index may be dropped while its folder is looked into: `Path.glob` fails then, and this one goes on.
    names = glob.glob(str(folder / "index" / "*" / "*" / PICKLE))  # noqa: PTH207
    for pickle in map(Path, names):
        stamps = {}
        for name in FLUSHED:
            try:
                stat = (pickle.parent / name).stat()
            except FileNotFoundError:
                continue
            stamps[name] = (stat.st_size, stat.st_mtime_ns)
        found[str(pickle.parent)] = stamps
    return found
