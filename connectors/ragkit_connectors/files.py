"""A folder of files, or one file. Nothing outside the folder is ever read."""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ragkit.documents import Listing, Resource
from ragkit.errors import ConnectorError, ResourceRejected, ResourceUnavailable
from ragkit_connectors.folders import MEGABYTE, Entry, NotReadable, path_below, read_below, scan
from ragkit_connectors.media_types import media_type_of, readable_title

NOT_UTF8 = "the name is not UTF-8"

# Hidden, a cache, or left behind by an editor.
_SKIPPED = re.compile(
    r"\..*|~\$.*|#.*#|.*~|.*\.(?:bak|swp|swo|tmp|pyc)|node_modules|__pycache__|Thumbs\.db|desktop\.ini", re.DOTALL
)
_LASTING = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO)


class FilesConnector:
    """The files below a folder, or one file. A uri is the path below the folder, with `/` between the parts.

    `include` and `exclude` are patterns over that path: `*` stays within a part, `**/` is any number of folders,
    and an excluded folder is not entered. Hidden files and folders, caches, and what editors leave behind are
    left out whatever the patterns say. Everything else is listed, and what can't be read (a pipe, a link out of
    the folder, a file with a second name) is refused by `fetch`, so that it shows in the report. A link within
    the folder counts only where its target is not listed itself. `access` names the groups that may read the files.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        include: Sequence[str] = ("**/*",),
        exclude: Sequence[str] = (),
        max_bytes: int = 50 * MEGABYTE,
        access: Sequence[str] = (),
    ) -> None:
        given = Path(path).expanduser().absolute()
        # Typed from another folder it is the same source. Links stay: `current` may lead elsewhere tomorrow.
        self._path = Path(os.path.realpath(given)) if ".." in given.parts else given
        self.name = name or f"files:{self._path}"
        self._include = [re.compile(_expression(glob), re.DOTALL) for glob in several(include)]
        self._exclude = [_with_all_below(glob) for glob in several(exclude)]
        self._max_bytes = max_bytes
        self._access = frozenset(several(access))

    def list(self) -> Iterator[Listing]:
        """Yield the files, those of a folder before those of the folders below, in the order of their names.

        Raises:
            ResourceRejected: there is nothing at the path, or a folder may not be read.
            ResourceUnavailable: the folder holds no file, or the disk failed.
        """
        real, status = self._real()
        if not stat.S_ISDIR(status.st_mode):
            yield self._listing(Entry(path=self._path.name, status=status))
            return
        found = False
        for entry in self._walk(real):
            found = found or stat.S_ISREG(entry.status.st_mode)
            yield self._listing(entry)
        if not found:
            # A disk that is not mounted is an empty folder, and must not empty the store.
            raise ResourceUnavailable(f"{str(self._path)!r} has no file to read. Check the folder and the patterns.")

    def fetch(self, listing: Listing) -> Resource:
        """Return the bytes of one file.

        Raises:
            ResourceUnavailable: the disk failed.
            ResourceRejected: the file is gone, too large, not regular, not listed, or not inside the folder.
        """
        if listing.revision == NOT_UTF8:
            raise ResourceRejected(f"{listing.uri!r} is not read: {NOT_UTF8}. Rename it.", uri=listing.uri)
        real, status = self._real()
        try:
            body, status = self._read(real, listing.uri, single=not stat.S_ISDIR(status.st_mode))
        except NotReadable as error:
            raise ResourceRejected(f"{listing.uri!r} {error}.", uri=listing.uri) from error
        except OSError as error:
            raise _failure(repr(listing.uri), error, uri=listing.uri) from error
        return Resource(
            uri=listing.uri,
            body=body,
            media_type=media_type_of(listing.uri),
            revision=_revision(status),
            title=readable_title(PurePosixPath(listing.uri).stem),
            updated_at=_updated_at(status),
            access=self._access,
        )

    def close(self) -> None:
        """Do nothing: no file stays open between two calls."""

    def _listing(self, entry: Entry) -> Listing:
        uri, revision = entry.path, _revision(entry.status)
        if not _is_utf8(uri):
            shown = os.fsencode(uri).decode("utf-8", "backslashreplace")
            uri, revision = f"{shown} ({NOT_UTF8})", NOT_UTF8
        title = readable_title(PurePosixPath(entry.path).stem)
        return Listing(uri=uri, revision=revision, title=title, access=self._access)

    def _real(self) -> tuple[Path, os.stat_result]:
        shown = repr(str(self._path))
        try:
            real = self._path.resolve(strict=True)
            status = real.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ResourceRejected(f"{shown} does not exist. Give a folder or a file that is there.") from error
        except OSError as error:
            raise _failure(shown, error) from error
        except (RuntimeError, ValueError) as error:
            raise ResourceRejected(f"{shown} is not a path that leads anywhere. Give a folder or a file.") from error
        if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            raise ResourceRejected(f"{shown} is neither a folder nor a regular file. Give one of these.")
        return real, status

    def _walk(self, root: Path) -> Iterator[Entry]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                entries = [entry for entry in scan(root, folder) if self._visible(entry.path)]
            except OSError as error:
                shown = f"the folder {folder or str(self._path)!r}"
                raise _failure(shown, error, advice="Nothing was changed. Allow it or exclude it") from error
            folders = [entry.path for entry in entries if stat.S_ISDIR(entry.status.st_mode)]
            waiting.extend(reversed(folders))
            yield from self._files(root, entries)

    def _files(self, root: Path, entries: Sequence[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if stat.S_ISDIR(entry.status.st_mode) or not self._wanted(entry.path):
                continue
            if not stat.S_ISLNK(entry.status.st_mode):
                yield entry
            elif linked := self._linked(root, entry):
                yield linked

    def _linked(self, root: Path, link: Entry) -> Entry | None:
        """Return None for a link to what is listed itself, and the link as it is if it leads nowhere or out."""
        target = os.path.realpath(root / link.path)
        inside = path_below(root, target)
        if inside is None or not Path(target).exists():
            return link
        status = os.lstat(target)
        listed = self._visible(inside) if stat.S_ISDIR(status.st_mode) else self._wanted(inside)
        return None if listed else replace(link, status=status)

    def _visible(self, path: str) -> bool:
        hidden = any(_SKIPPED.fullmatch(part) for part in path.split("/"))
        return not hidden and not any(pattern.fullmatch(path) for pattern in self._exclude)

    def _wanted(self, path: str) -> bool:
        return self._visible(path) and any(pattern.fullmatch(path) for pattern in self._include)

    def _read(self, real: Path, uri: str, *, single: bool) -> tuple[bytes, os.stat_result]:
        if single and uri == self._path.name:
            return read_below(real.parent, real.name, limit=self._max_bytes, links=True)
        if single or not _is_path(uri) or not self._wanted(uri):
            raise NotReadable("is not among the files of this connector")
        inside = path_below(real, os.path.realpath(real / uri))
        if not inside:
            raise NotReadable("leads out of the folder")
        return read_below(real, inside, limit=self._max_bytes)


def several(value: Sequence[str]) -> tuple[str, ...]:
    """Return the values as a tuple; one text is one value, not its letters."""
    return (value,) if isinstance(value, str) else tuple(value)


def _expression(glob: str) -> str:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    return "".join(signs.get(part) or re.escape(part) for part in parts)


def _with_all_below(glob: str) -> re.Pattern[str]:
    return re.compile(_expression(glob.removesuffix("/**").rstrip("/")) + "(?:/.*)?", re.DOTALL)


def _is_path(uri: str) -> bool:
    return "\0" not in uri and {"", ".", ".."}.isdisjoint(uri.split("/")) and _is_utf8(uri)


def _is_utf8(path: str) -> bool:
    # What is not UTF-8 in a name comes from the system as lone surrogates.
    return not any("\ud800" <= letter <= "\udfff" for letter in path)


def _revision(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_size}"


def _updated_at(status: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(status.st_mtime, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _failure(
    shown: str, error: OSError, *, uri: str = "", advice: str = "Check that it is there and may be read"
) -> ConnectorError:
    lasting = error.errno in (errno.EACCES, errno.EPERM) or (uri and error.errno in _LASTING)
    kind = ResourceRejected if lasting else ResourceUnavailable
    return kind(f"{shown} can't be read: {error.strerror or type(error).__name__}. {advice}.", uri=uri)
