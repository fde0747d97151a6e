"""Bringing the catalog of an older ragkit to this one's schema, in one transaction beside a copy of what it was.

The copy lies in the store's folder until the new catalog is verified: after a crash in between it is still there.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.catalog.damage import read_meta
from ragkit.store.catalog.lexical import parts_of
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.room import full, is_short
from ragkit.store.catalog.schema import FILE, SCHEMA_VERSION, STEPS

# What a step may never change: of each table the key, and the columns that must be the same before and after.
_KEPT = {
    "documents": ("id", "id, source, uri, revision, text, sections, metadata, access"),
    "chunks": ("id", "id, document_id, ordinal, start, stop, heading, page, text, vector_id"),
    "vectors": ("id", "id, vector"),
    "failures": ("source, uri", "source, uri, revision, stage, error, message"),
}


def migrate(folder: Path, *, failpoint: Callable[[str], None] = lambda _: None) -> None:
    """Bring the catalog of a folder to `SCHEMA_VERSION`; one that has it is not touched. No catalog, nothing done.

    Raises:
        StoreError: a newer ragkit wrote it, or the folder can't be written.
        StoreLocked: another process writes.
        StoreFull: there is no room for the copy.
        StoreDamaged: the new catalog would not hold what the old one does; the old one stays.
    """
    if not (folder / FILE).exists():
        return
    with _refusals(folder):
        if _version(folder) == SCHEMA_VERSION:
            return
        with WriterLock(folder).held():
            found = _version(folder)
            if found != SCHEMA_VERSION:
                _require_older(found, folder)
                _migrate(folder, found, failpoint)


def _migrate(folder: Path, found: int, failpoint: Callable[[str], None]) -> None:
    copy = folder / f"catalog-schema-{found}.db"
    try:
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
            connection.create_function("parts_of", 3, parts_of, deterministic=True)
            _keep(connection, copy)
            failpoint("copied")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("ATTACH ? AS old", (str(copy),))
            _step(connection, found, folder, failpoint)
        failpoint("committed")
    finally:
        # If it failed the catalog is as it was, and a full disk needs its room.
        copy.unlink(missing_ok=True)


def copies(folder: Path) -> list[Path]:
    """Return the copies that migrations left which were killed behind their commit; whoever writes may remove them."""
    return sorted(folder.glob("catalog-schema-*.db"))


def _version(folder: Path) -> int:
    name = f"{(folder / FILE).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(name, uri=True)) as connection:
        return int(read_meta(connection, folder)["schema"])


def _require_older(found: int, folder: Path) -> None:
    if found > SCHEMA_VERSION:
        raise StoreError(
            f"the store {str(folder)!r} was written by a newer ragkit (schema {found}; this one reads up to "
            f"{SCHEMA_VERSION}). Install the newer one here, too."
        )


def _keep(connection: sqlite3.Connection, copy: Path) -> None:
    """Copy the catalog as it is; a copy that a killed migration left is replaced, since nothing was changed then."""
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(copy)) as kept:
        connection.backup(kept)
        kept.execute("PRAGMA journal_mode = DELETE")


def _step(connection: sqlite3.Connection, found: int, folder: Path, failpoint: Callable[[str], None]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(found, SCHEMA_VERSION):
            for statement in STEPS[version]:
                connection.execute(statement)
            failpoint(f"step {version}")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(SCHEMA_VERSION),))
        _verify(connection, folder)
        failpoint("verified")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _verify(connection: sqlite3.Connection, folder: Path) -> None:
    if fault := _fault(connection):
        raise StoreDamaged(
            f"the store {str(folder)!r} can't be brought to schema {SCHEMA_VERSION}: {fault}. It is as it was. "
            "Use the ragkit that wrote it, and report this."
        )


def _fault(connection: sqlite3.Connection) -> str:
    """Return in what the new catalog differs from the copy of the old one."""
    for table, (key, columns) in _KEPT.items():
        old, new = (", ".join(f"{side}.{name}" for name in columns.split(", ")) for side in "on")
        differing = (
            f"SELECT 1 FROM old.{table} o LEFT JOIN main.{table} n USING ({key}) WHERE ({old}) IS NOT ({new}) "
            f"UNION ALL SELECT 1 WHERE (SELECT count(*) FROM old.{table}) <> (SELECT count(*) FROM main.{table})"
        )
        if connection.execute(differing).fetchone():
            return f"it would not hold the same rows ({table})"
    if connection.execute("PRAGMA main.foreign_key_check").fetchone():
        return "its rows would not fit together"
    found = connection.execute("PRAGMA main.integrity_check(1)").fetchone()[0]
    return "" if found == "ok" else str(found)


@contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_short(folder):
            raise full(folder) from error
        message = (
            f"the store {str(folder)!r} of an older ragkit can't be brought to this one ({error.sqlite_errorname})"
        )
        raise StoreError(f"{message}. Make the folder writable, or use the ragkit that wrote it.") from error
