"""Where documents come from, as the pages see it: sample folders, uploads, and whatever else was ingested."""

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ragkit import wiring
from ragkit.connector import Connector
from ragkit.documents import Document, Listing
from ragkit.errors import ConfigError, ConnectorError, RagkitError
from ragkit.profile import reader
from ragkit.samples import sample_data
from ragkit.store.catalog.room import refused
from ragkit.workspace import Workspace

UPLOADS = "uploads"
SAMPLES = "samples"
_SHARED = "shared"
# File systems take 255 bytes; some is left for the name that a file has while it is written.
_LONGEST_NAME = 240


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file as a browser sent it. The name is the sender's, and so is not to be trusted."""

    name: str
    body: bytes


def split(source: str) -> tuple[str, str]:
    """Return the assistant that alone reads a source, and the rest of its name; empty and the whole if all do."""
    owner = reader(source)
    return owner, source.removeprefix(f"{owner}/")


def join(owner: str, name: str) -> str:
    """Return the name of a source that one assistant reads alone, or all if `owner` is empty."""
    return f"{owner}/{name}" if owner else name


def is_upload(source: str) -> bool:
    """Whether a source is a folder that these pages fill."""
    return split(source)[1] == UPLOADS


def samples(assistant: str, opened: Workspace) -> Connector:
    """Return the sample documents of an assistant, for it alone.

    Raises:
        ConfigError: there are none.
    """
    return wiring.connector(str(sample_data(assistant)), opened.config, name=join(assistant, SAMPLES))


def uploads(owner: str, opened: Workspace) -> Connector:
    """Return the files that were uploaded for an assistant, or for all if `owner` is empty."""
    return wiring.connector(str(folder(owner, opened)), opened.config, name=join(owner, UPLOADS))


def folder(owner: str, opened: Workspace) -> Path:
    """Return where uploads lie."""
    return opened.config.store.path / UPLOADS / (owner or _SHARED)


def added(target: str, owner: str, opened: Workspace) -> Connector:
    """Return the connector of a path or an address that somebody wrote into the page.

    Raises:
        ConfigError: it is neither, or it is not there.
    """
    if not target.strip():
        raise ConfigError("there is no path and no address. Write one.", setting="target", value="")
    connector = wiring.connector(target.strip(), opened.config)
    if owner:
        connector.name = join(owner, connector.name)
    return connector


def again(source: str, opened: Workspace) -> Connector | None:
    """Return the connector that a source came from; None if its name does not tell where it is."""
    owner, name = split(source)
    if source in opened.config.sources:
        return wiring.connector(source, opened.config)
    if name == UPLOADS:
        return uploads(owner, opened)
    if owner and name == SAMPLES:
        return samples(owner, opened)
    kind, _, place = name.partition(":")
    if kind in ("files", "web") and place:
        return wiring.connector(place, opened.config, name=source)
    return None


def found(source: str, opened: Workspace) -> Connector | None:
    """Return the connector that a source came from; None if that is not known, or is gone."""
    try:
        return again(source, opened)
    except RagkitError:
        # A folder that is gone can't be read; its documents stay until somebody deletes them.
        return None


def original(document: Document, opened: Workspace) -> Callable[[], bytes] | None:
    """Return what reads the file behind a document, as it is now; None for a web page, and if its source is gone.

    What it returns raises a ConnectorError if the file can't be read.
    """
    connector = None if "://" in document.uri else found(document.source, opened)
    if connector is None:
        return None

    def read() -> bytes:
        with closing(connector):
            return connector.fetch(Listing(uri=document.uri, revision="")).body

    return read


def keep(files: Sequence[Upload], owner: str, opened: Workspace) -> list[str]:
    """Write uploads into their folder and return the names that can't be used. The same bytes are left untouched.

    Raises:
        StoreFull: there is no room for them.
        StoreError: their folder can't be written.
    """
    place = folder(owner, opened)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _kept(files, owner, opened)
    except OSError as error:
        raise refused(error, place) from error


def _kept(files: Sequence[Upload], owner: str, opened: Workspace) -> list[str]:
    place = folder(owner, opened)
    named = {PurePosixPath(file.name.replace("\\", "/")).name: file for file in files}
    usable = {name: file for name, file in named.items() if _usable(name)}
    for name, file in usable.items():
        if not _same(place / name, file.body):
            _write(place / name, file.body)
    hidden = usable.keys() - _listed(uploads(owner, opened))
    for name in hidden:
        (place / name).unlink()
    return sorted(file.name for name, file in named.items() if name not in usable or name in hidden)


def discard(source: str, uris: Sequence[str], opened: Workspace) -> int:
    """Forget documents and return how many there were; of uploads the file is deleted too.

    Raises:
        StoreLocked: somebody else writes.
    """
    with opened.store.writing():
        if is_upload(source):
            for uri in uris:
                (folder(split(source)[0], opened) / PurePosixPath(uri).name).unlink(missing_ok=True)
        return opened.store.remove(source, uris)


def _usable(name: str) -> bool:
    return 0 < len(name.encode("utf-8", "replace")) <= _LONGEST_NAME and not name.startswith(".") and "\0" not in name


def _listed(connector: Connector) -> set[str]:
    """Return what a connector lists: it leaves out hidden files and what editors leave behind."""
    try:
        return {listing.uri for listing in connector.list()}
    except ConnectorError:
        return set()


def _same(path: Path, body: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body


def _write(path: Path, body: bytes) -> None:
    # A name is only given to a file that is whole: an ingest at the same moment reads the old one or the new one.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    Path(temporary).replace(path)
