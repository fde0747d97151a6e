"""One thing that was looked at, and how a check that breaks becomes one that tells."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ragkit.errors import RagkitError

Level = Literal["ok", "warning", "fault"]

READ, WRITE = stat.S_IRGRP | stat.S_IROTH, stat.S_IWGRP | stat.S_IWOTH
ANY = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at. `fix` is a command or a sentence; it is empty when all is well."""

    name: str
    level: Level
    message: str
    fix: str = ""


def others_may(path: Path, rights: int) -> bool:
    """Whether other users of this machine have one of these rights: `READ`, `WRITE` or `ANY`. No file, no rights."""
    # Elsewhere the bits of a file's mode do not say who may read it.
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & rights)


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """Return what the check found; that it could not be done is a fault of its own."""
    try:
        return check()
    except RagkitError as error:
        return _fault(name, error)
    except OSError as error:
        message = f"{str(error.filename)!r} can't be used: {error.strerror}"
        return Check(name=name, level="fault", message=message, fix="Check that you may read and write it.")


def guarded_all(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yield what the checks found, and where they could not go on the fault that stopped them."""
    try:
        yield from checks()
    except RagkitError as error:
        yield _fault(name, error)


def _fault(name: str, error: RagkitError) -> Check:
    message, fix = parted(error)
    return Check(name=name, level="fault", message=message, fix=fix)


def parted(error: RagkitError) -> tuple[str, str]:
    """Return an error's message without the command that helps, and the command."""
    message, _, fix = str(error).partition(" Run: ")
    return message, fix


def complaints_or(found: Iterator[Check], otherwise: Check) -> Iterator[Check]:
    """Yield the complaints that were found; if there is none, that all is well."""
    complaints = list(found)
    yield from complaints or [otherwise]
