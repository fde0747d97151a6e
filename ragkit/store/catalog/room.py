"""Room on the disk: what a refused write says about it, and what to do."""

import errno
import os
import sqlite3
from pathlib import Path

from ragkit.errors import StoreError, StoreFull

# A quota and a limit on the size of files are lifted by the same act as a full disk.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLITE_IOERR, which a short write or a full quota shows as, and SQLITE_FULL.
NO_ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL)
# What was refused is undone before anybody looks, so a full disk has a little room again.
_LITTLE = 1 << 20


def refused(error: OSError, path: Path) -> StoreError:
    """Return the error for a file or folder that the system would not write."""
    if error.errno in _NO_ROOM:
        return full(path)
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StoreError(f"{str(path)!r} can't be a folder: {error.strerror}. Choose another one.")
    return StoreError(
        f"{str(path)!r} can't be written: {error.strerror}. Make it writable for this user, or choose another folder."
    )


def full(path: Path) -> StoreFull:
    """Return the error for a file or folder that has no room to grow."""
    return StoreFull(f"no room left for {str(path)!r}. Free some space, then run the same command again.")


def is_short(path: Path) -> bool:
    """Whether the disk of a file or folder, which need not exist yet, has next to no space or no inodes left."""
    while not path.exists():
        path = path.parent
    if not hasattr(os, "statvfs"):
        return False
    found = os.statvfs(path)
    # File systems without a fixed number of inodes say that they have none at all.
    return found.f_bavail * found.f_frsize < _LITTLE or (found.f_files > 0 and found.f_favail == 0)
