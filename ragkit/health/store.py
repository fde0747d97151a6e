"""The store: whether it fits the settings, is whole, is its owner's alone, and lacks nothing."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from ragkit.config import Config
from ragkit.errors import ModelError, StoreError, StoreLocked
from ragkit.health.check import ANY, Check, others_may
from ragkit.store.catalog.damage import repair_command
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.migration import copies
from ragkit.store.catalog.reading import Stats
from ragkit.store.catalog.writing import Failure
from ragkit.store.reader import Reader
from ragkit.store.store import Store
from ragkit.store.successor import FOLDER
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_SHOWN_FAILURES = 3


def store(workspace: Workspace) -> Check:
    """Tell what is in the store, or the worst that is wrong with it.

    Raises:
        StoreError: it can't be opened, is damaged, or was built with another embedder.
    """
    folder = workspace.config.store.path
    if not (workspace.exists or folder.is_file()):
        message = f"nothing ingested yet into {str(folder)!r}"
        fix = f"ragkit ingest PATH --store {shlex.quote(str(folder))}"
        return Check(name="store", level="warning", message=message, fix=fix)
    try:
        found = _looked_at(workspace.store)
    except ModelError:
        # The embedder's own check has told it, and the rest of the store can be looked at without.
        with workspace.maintenance() as opened:
            found = _looked_at(opened)
    return _counted(folder, found)


def _looked_at(opened: Reader) -> Stats:
    opened.require_whole()
    return opened.stats()


def _counted(folder: Path, found: Stats) -> Check:
    if found.unembedded and (writer := _writer(folder)):
        message = f"documents are being read in: process {writer.pid} on {writer.host} writes since {writer.since}"
        return Check(name="store", level="warning", message=message, fix="Wait for it to end, or stop it.")
    if found.indexed != found.chunks - found.unembedded:
        message = f"{found.chunks - found.unembedded} vectors, but the index holds {found.indexed}"
        return Check(name="store", level="fault", message=message, fix=repair_command(folder))
    if found.unembedded:
        message = f"{found.unembedded} of {found.chunks} chunks are not found by meaning yet"
        return Check(name="store", level="warning", message=message, fix=repair_command(folder))
    texts = f"{counted(found.documents, 'document')}, {counted(found.chunks, 'chunk')}"
    return Check(name="store", level="ok", message=f"{texts}, {counted(found.failures, 'failure')}")


def _writer(folder: Path) -> StoreLocked | None:
    """Return who is writing the store, whose vectors come last; None if nobody is."""
    try:
        with WriterLock(folder).held():
            return None
    except StoreLocked as locked:
        return locked
    except StoreError:
        # Whoever may only read can't tell.
        return None


def files(folder: Path) -> Iterator[Check]:
    """Yield a complaint if others may read the store, or something that did not end has left its half beside it."""
    quoted = shlex.quote(str(folder))
    if others_may(folder, ANY):
        message = f"other users of this machine can read {str(folder)!r}"
        yield Check(name="permissions", level="warning", message=message, fix=f"chmod 700 {quoted}")
    if (folder / FOLDER).exists():
        message = f"a reindex of {str(folder)!r} has begun and not ended; unless it runs now, it takes room for nothing"
        yield Check(name="reindex", level="warning", message=message, fix=f"ragkit store reindex --store {quoted}")
    for copy in copies(folder):
        message = f"{copy.name!r} in {str(folder)!r} is what a killed migration kept, with all of the old texts"
        yield Check(name="migration", level="warning", message=message, fix=f"ragkit store compact --store {quoted}")


def failures(workspace: Workspace) -> Iterator[Check]:
    """Yield a warning for each source of which something could not be read."""
    with workspace.maintenance() as opened:
        yield from _failed(opened, workspace)


def _failed(opened: Store, workspace: Workspace) -> Iterator[Check]:
    by_source: dict[str, list[Failure]] = {}
    for failure in opened.failures():
        by_source.setdefault(failure.source, []).append(failure)
    for source, failed in by_source.items():
        fix = _again(source, workspace.config)
        yield Check(name="failures", level="warning", message=f"{source}: {_told(failed)}", fix=fix)


def _again(source: str, config: Config) -> str:
    """Return how to try again. The name of an address has no query, and one from Python means nothing here."""
    kind, _, place = source.partition(":")
    target = source if source in config.sources else place if kind == "files" else ""
    if not target:
        return "Ingest it again as before, with --retry, or in Python with retry=True."
    return f"ragkit ingest {shlex.quote(target)} --retry --store {shlex.quote(str(config.store.path))}"


def _told(failed: Sequence[Failure]) -> str:
    first = "; ".join(one.told.rstrip(".") for one in failed[:_SHOWN_FAILURES])
    more = len(failed) - _SHOWN_FAILURES
    return f"{len(failed)} not read. {first}" + (f"; and {more} more" if more > 0 else "")
