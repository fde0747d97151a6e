"""Reading below a folder without ever leaving it, whatever is exchanged meanwhile. POSIX only."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that a folder holds: its path below the root, with `/` between the parts, and what it is."""

    path: str
    status: os.stat_result


class NotReadable(ValueError):
    """What is at a path is not for reading; the text goes on where "it" would begin."""


def path_below(root: Path, real: str) -> str | None:
    """Return the path below the root, empty for the root itself, None for what lies elsewhere."""
    if real == str(root):
        return ""
    start = os.path.join(root, "")  # noqa: PTH118 - pathlib drops the trailing separator
    return real.removeprefix(start) if real.startswith(start) else None


def scan(root: Path, folder: str) -> Sequence[Entry]:
    """Return what one folder holds, in the order of the names; OSError if that can't be known completely."""
    prefix = f"{folder}/" if folder else ""
    entries = []
    with _opened(root, folder) as here, os.scandir(here) as found:
        for entry in found:
            # Deleted between two lines: it is gone, and the listing is still complete.
            with suppress(FileNotFoundError):
                entries.append(Entry(path=prefix + entry.name, status=entry.stat(follow_symlinks=False)))
    return sorted(entries, key=lambda entry: entry.path)


def read_below(root: Path, path: str, *, limit: int, links: bool = False) -> tuple[bytes, os.stat_result]:
    """Return a regular file of at most `limit` bytes; `links` allows a file that has a second name.

    Raises:
        NotReadable: it is something else, or too large.
        OSError: it is gone, may not be read, or was exchanged for a link.
    """
    folder, _, name = path.rpartition("/")
    with _opened(root, folder) as here:
        # Looked at before it is opened: opening alone can block on a pipe or start a device.
        _check(os.stat(name, dir_fd=here, follow_symlinks=False), limit, links=links)
        with os.fdopen(os.open(name, _FILE, dir_fd=here), "rb") as file:
            status = os.fstat(file.fileno())
            _check(status, limit, links=links)
            # Not to the end: the files of /proc say that they are empty, and may never end.
            return file.read(status.st_size), status


@contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    """Open a folder part by part, so that none of them can be exchanged for a link on the way."""
    here = os.open(root, _FOLDER)
    try:
        for part in filter(None, folder.split("/")):
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def _check(status: os.stat_result, limit: int, *, links: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotReadable("is not a regular file")
    if status.st_nlink > 1 and not links:
        raise NotReadable("has a second name (a hard link) that may lie outside the folder. Put a copy there")
    if status.st_size > limit:
        size, most = status.st_size / MEGABYTE, limit / MEGABYTE
        advice = "Raise limits.file_bytes, and max_bytes of the source if that is lower, or exclude it"
        raise NotReadable(f"has {size:,.2f} MB and the limit is {most:,.2f} MB. {advice}")
