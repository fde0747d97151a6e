"""One file that holds a whole store: taken while others read and write, refused if a byte of it was changed."""

import hashlib
import json
import lzma
import os
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.catalog.catalog import Catalog, new_collection
from ragkit.store.catalog.damage import primary, read_meta
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.reading import count
from ragkit.store.catalog.room import NO_ROOM, full, refused
from ragkit.store.catalog.schema import FILE, SCHEMA_VERSION
from ragkit.store.catalog.writing import forget_lacking, forget_stale

_MANIFEST = "manifest.json"
_HELD = sorted((_MANIFEST, FILE))
_MOST_MANIFEST = 1 << 16
_BLOCK = 1 << 20
# An archive ends in the SHA-256 of all that stands before it, as the comment that a zip file may have.
_SEAL = 64
# What the standard library raises on a zip file that is not what it says.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


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

    The vector index is left out: it is built again from the catalog. An ingest may run meanwhile. An earlier backup
    is replaced only when the new one is whole, and no other file is.

    Raises:
        StoreDamaged: the catalog is broken; an existing file stays.
        StoreFull: there is no room for the file.
        StoreError: there is no store in the folder, or the file can't be written, or is there and no backup.
    """
    if file.exists() and not _is_backup(file):
        raise StoreError(f"{str(file)!r} is there and no backup of ragkit. Give another file, or remove it.")
    if not Catalog.exists(folder):
        raise StoreError(f"there is no store in {str(folder)!r}. Run: ragkit ingest PATH --store {folder}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as scratch:
            copy, archive = Path(scratch) / FILE, Path(scratch) / "archive"
            _copy(folder / FILE, copy)
            manifest = _describe(copy)
            _pack(copy, manifest, archive)
            archive.replace(file)
    except OSError as error:
        raise refused(error, file) from error
    except sqlite3.Error as error:
        raise _not_copied(error, folder, file) from error
    return manifest


def restore(file: Path, folder: Path) -> Manifest:
    """Unpack an archive into a folder without a store; the index is built when the store is opened and rebuilt.

    The catalog appears in the folder at once and whole, or not at all.

    Raises:
        StoreDamaged: the archive is not whole, or not one of ragkit's.
        StoreLocked: another process is making a store there.
        StoreFull: there is no room for the store.
        StoreError: the folder has a store, the file can't be read, or a newer ragkit wrote it.
    """
    _require_free(folder)
    try:
        _require_sealed(file)
    except OSError as error:
        raise StoreError(f"{str(file)!r} can't be restored: {error.strerror}. Give another file.") from error
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _read_manifest(archive, file)
            with _made(folder):
                _unpack(archive, folder, manifest, file)
    except OSError as error:
        raise refused(error, folder) from error
    except sqlite3.Error as error:
        raise full(folder) if primary(error) in NO_ROOM else _no_backup(file) from error
    except _BROKEN as error:
        raise _no_backup(file) from error
    return manifest


def _copy(source: Path, target: Path) -> None:
    """Copy a database that may be written at the same time, by SQLite's own backup."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    name = f"{source.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(name, uri=True)) as before, closing(sqlite3.connect(target)) as after:
        # In one step: between two, each commit of a writer would make it begin again.
        before.backup(after)
        # One file: an archive has no room for a log.
        after.execute("PRAGMA journal_mode = DELETE")
        with after:
            after.execute("INSERT OR REPLACE INTO meta VALUES ('backed_up_at', ?)", (made_at,))
        read_meta(after, source.parent)
        if (found := after.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise _damaged(source.parent, str(found))


def _describe(copy: Path) -> Manifest:
    with closing(sqlite3.connect(copy)) as connection:
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        documents, chunks = (count(connection, table) for table in ("documents", "chunks"))
    return Manifest(
        schema=int(meta["schema"]),
        documents=documents,
        chunks=chunks,
        fingerprint=meta["fingerprint"],
        made_at=meta["backed_up_at"],
        sha256=_digest(copy),
    )


def _pack(copy: Path, manifest: Manifest, archive: Path) -> None:
    with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        written.comment = bytes(_SEAL)
        written.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
        written.write(copy, FILE)
    seal = _digest(archive, less=_SEAL)
    with archive.open("r+b") as sealed:
        sealed.seek(-_SEAL, os.SEEK_END)
        sealed.write(seal.encode())
        sealed.flush()
        os.fsync(sealed.fileno())
    archive.chmod(0o600)


def _require_free(folder: Path) -> None:
    if Catalog.exists(folder):
        raise StoreError(f"{str(folder)!r} has a store already. Give another folder: --store DIR")


def _require_sealed(file: Path) -> None:
    """Refuse a file that is not, to the byte, what `back_up` wrote."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _SEAL))
        seal = opened.read()
    if not zipfile.is_zipfile(file) or len(seal) < _SEAL:
        raise _no_backup(file)
    if _digest(file, less=_SEAL).encode() != seal:
        raise StoreDamaged(f"{str(file)!r} was changed since it was made. Use another backup.")


def _is_backup(file: Path) -> bool:
    """Whether a file looks like an archive of `back_up`, changed since or not."""
    if not zipfile.is_zipfile(file):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return sorted(archive.namelist()) == _HELD
    except zipfile.BadZipFile:
        return False


def _read_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if sorted(archive.namelist()) != _HELD:
        raise _no_backup(file)
    with archive.open(_MANIFEST) as packed:
        manifest = Manifest(**json.loads(packed.read(_MOST_MANIFEST)))
    if manifest.schema > SCHEMA_VERSION:
        message = f"{str(file)!r} has schema {manifest.schema}, this ragkit reads {SCHEMA_VERSION}. Update ragkit."
        raise StoreError(message)
    return manifest


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder for the block; if that fails, a folder that was not there is gone again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _unpack(archive: zipfile.ZipFile, folder: Path, manifest: Manifest, file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as scratch:
        part = Path(scratch) / FILE
        part.touch(mode=0o600)
        with archive.open(FILE) as packed, part.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, _BLOCK)
        if _describe(part) != manifest:
            raise StoreDamaged(f"{str(file)!r} does not hold what its manifest says. Use another backup.")
        _settle(part)
        with WriterLock(folder).held():
            _require_free(folder)
            for left in folder.glob(f"{FILE}-*"):
                # SQLite would play the log of a catalog that is gone into this one.
                left.unlink()
            part.replace(folder / FILE)
            for left in folder.glob(".restore-*"):
                # Of this restoring, and of one that was killed.
                shutil.rmtree(left, ignore_errors=True)


def _settle(catalog: Path) -> None:
    """Make a catalog one of its own: the vector index that it names belongs to the store that was backed up."""
    with closing(sqlite3.connect(catalog)) as connection:
        with connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'collection'", (new_collection(),))
            connection.execute("DELETE FROM meta WHERE key IN ('seal', 'spare', 'unsealed', 'backed_up_at')")
            # What that index was still to get and to lose: else a writer examines the new one, and builds it twice.
            forget_lacking(connection)
            forget_stale(connection)
        # Readers and a writer get in each other's way in any other mode.
        connection.execute("PRAGMA journal_mode = WAL")


def _digest(file: Path, *, less: int = 0) -> str:
    """Return the SHA-256 of a file, but for so many bytes at its end."""
    left = file.stat().st_size - less
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while left > 0 and (block := opened.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def _no_backup(file: Path) -> StoreDamaged:
    return StoreDamaged(f"{str(file)!r} is no backup of ragkit's, or it is broken. Use another one.")


def _damaged(folder: Path, found: str) -> StoreDamaged:
    return StoreDamaged(
        f"the catalog of the store {str(folder)!r} is broken ({found}), so it was not backed up. "
        "Put back an earlier backup: ragkit store restore FILE --store ANOTHER_FOLDER"
    )


def _not_copied(error: sqlite3.Error, folder: Path, file: Path) -> StoreError:
    # A table is missing, too.
    if primary(error) in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(folder, type(error).__name__)
    if primary(error) in NO_ROOM:
        return full(file)
    return StoreError(f"the store {str(folder)!r} can't be read ({type(error).__name__}). Run the same command again.")
