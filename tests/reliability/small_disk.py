"""A small disk of its own, and the faults that begin on it at a step of a writer."""

import errno
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@contextmanager
def disk(folder: Path, options: str = "size=32m") -> Iterator[Path]:
    """Mount a file system of its own in memory, and take it away at the end."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def may_mount(folder: Path) -> bool:
    """Whether this process may mount at all."""
    with suppress(OSError, subprocess.CalledProcessError), disk(folder):
        return True
    return False


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def free(folder: Path) -> None:
    """Give a disk room again: remove what filled it, and make it larger."""
    remount(folder, "rw,size=64m,nr_inodes=100k")
    for filler in folder.glob("filler*"):
        filler.unlink()


def fill(folder: Path, leaving: int = 0) -> None:
    """Write to a disk until it takes no more, and give back a few bytes."""
    with (folder / "filler").open("ab", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(1 << 12))
        file.truncate(max(0, file.tell() - leaving))


def use_up_names(folder: Path, leaving: int = 0) -> None:
    """Make files on a disk until there are no inodes left but a few."""
    made: list[Path] = []
    try:
        while True:
            file = folder / f"filler-{len(made)}"
            file.touch()
            made.append(file)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    for file in made[:leaving]:
        file.unlink()


def cap(_: Path, size: int) -> None:
    """Let no file of this process grow beyond so many bytes; Python ignores the signal, so that writes are cut."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def uncap() -> None:
    """Lift the limit of `cap`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What breaks, and before which step of the writer; `until` is the step at which a limit is lifted again."""

    how: Callable[[Path], None]
    at: str = "begin"
    nth: int = 1
    until: str = ""


def full(at: str = "begin", nth: int = 1, *, leaving: int = 0) -> Fault:
    """Return the fault of a disk that is full from a step on, but for some bytes."""
    return Fault(how=partial(fill, leaving=leaving), at=at, nth=nth)


def nameless(at: str = "begin", nth: int = 1, *, leaving: int = 0) -> Fault:
    """Return the fault of a disk that takes no new file from a step on."""
    return Fault(how=partial(use_up_names, leaving=leaving), at=at, nth=nth)


def capped(size: int, at: str = "begin", nth: int = 1, *, until: str = "") -> Fault:
    """Return the fault of writes that are cut at a size."""
    return Fault(how=partial(cap, size=size), at=at, nth=nth, until=until)


NEVER = Fault(how=fill, at="never")
