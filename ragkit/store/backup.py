"""One file that holds a whole store: taken while others read and write, refused if a byte of it was changed."""

import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.catalog import FILE, Catalog
from ragkit.store.schema import SCHEMA_VERSION

_MANIFEST = "manifest.json"
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive says of itself. `sha256` is that of the catalog inside."""

    schema: int
    documents: int
    chunks: int
    fingerprint: str
    made_at: str
    sha256: str


def back_up(folder: Path, file: Path) -> Manifest:
    """Write a store's catalog to an archive, as it is at this moment, and return what is in it.

    The vector index is left out: it is built again from the catalog. An ingest may run meanwhile. An existing
    file is replaced only when the new one is whole.

    Raises:
        StoreError: there is no store in the folder, or the file can't be written.
    """
    if not Catalog.exists(folder):
        raise StoreError(f"there is no store in {str(folder)!r}. Run: ragkit ingest PATH --store {folder}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as scratch:
            copy = Path(scratch) / FILE
            _copy(folder / FILE, copy)
            manifest = _describe(copy)
            archive = Path(scratch) / "archive"
            with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
                written.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
                written.write(copy, FILE)
            archive.chmod(0o600)
            archive.replace(file)
    except OSError as error:
        raise StoreError(f"{str(file)!r} can't be written: {error.strerror}. Choose another file.") from error
    return manifest


def restore(file: Path, folder: Path) -> Manifest:
    """Unpack an archive into a folder without a store; the index is built when the store is opened and rebuilt.

    Raises:
        StoreDamaged: the archive is not whole, or not one of ragkit's.
        StoreError: the folder has a store, the file can't be read, or a newer ragkit wrote it.
    """
    if Catalog.exists(folder):
        raise StoreError(f"{str(folder)!r} has a store already. Give another folder: --store DIR")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest(**json.loads(archive.read(_MANIFEST)))
            _require_readable(manifest, file)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _unpack(archive, folder / FILE, manifest, file)
    except OSError as error:
        raise StoreError(f"{str(file)!r} can't be restored: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise StoreDamaged(f"{str(file)!r} is no backup of ragkit's, or it is broken. Use another one.") from error
    return manifest


def _copy(source: Path, target: Path) -> None:
    """Copy a database that may be written at the same time, by SQLite's own backup."""
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after, pages=4096)
        # The names of indexes that are not in the archive mean nothing where it is restored.
        after.execute("PRAGMA journal_mode = DELETE")


def _describe(copy: Path) -> Manifest:
    with closing(sqlite3.connect(copy)) as connection:
        meta: Mapping[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        documents = connection.execute("SELECT count(*) FROM documents").fetchone()[0]
        chunks = connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    return Manifest(
        schema=int(meta["schema"]),
        documents=documents,
        chunks=chunks,
        fingerprint=meta["fingerprint"],
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=_digest(copy),
    )


def _require_readable(manifest: Manifest, file: Path) -> None:
    if manifest.schema > SCHEMA_VERSION:
        message = f"{str(file)!r} has schema {manifest.schema}, this ragkit reads {SCHEMA_VERSION}. Update ragkit."
        raise StoreError(message)


def _unpack(archive: zipfile.ZipFile, target: Path, manifest: Manifest, file: Path) -> None:
    part = target.with_suffix(".part")
    try:
        part.touch(mode=0o600)
        with archive.open(FILE) as packed, part.open("wb") as unpacked:
            while block := packed.read(_BLOCK):
                unpacked.write(block)
        if _digest(part) != manifest.sha256:
            raise StoreDamaged(f"{str(file)!r} was changed since it was made. Use another backup.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
