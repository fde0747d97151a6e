"""What is wrong with a catalog, and what helps: its index of words and its vectors can be made again, nothing else."""

import shlex
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.catalog import waiting
from ragkit.store.catalog.schema import SCHEMA
from ragkit.text.plural import counted

_META = ("schema", "fingerprint", "tenant", "collection")
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# To count the terms FTS5 reads all of its index, but for two lists: of the lengths of chunks, and of the first word of
# each page, of which a segment without any is one whose words are never found. A page's id begins with its segment's.
_TERMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab(main, words, row)"
_LISTED = """
SELECT (SELECT count(*) FROM words_docsize) = (SELECT count(*) FROM chunks)
AND NOT EXISTS (SELECT id >> 37 FROM words_data WHERE id > 10 EXCEPT SELECT segid FROM words_idx)
"""
_NO_JSON = """
SELECT uri FROM documents WHERE NOT (json_valid(metadata) AND json_valid(access) AND json_valid(sections)) LIMIT 1
"""


def repair_command(folder: Path) -> str:
    """Return the command that makes again what a store's folder can make of its texts."""
    return f"ragkit store repair --store {shlex.quote(str(folder))}"


def damaged(folder: Path, why: str) -> StoreDamaged:
    """Return the error for a catalog that no command mends."""
    return StoreDamaged(
        f"the catalog of the store {str(folder)!r} can't be read: {why}. Put back a copy of the folder, or ingest into "
        f"another one: ragkit ingest PATH --store {shlex.quote(f'{folder}-2')}"
    )


def primary(error: sqlite3.Error) -> int:
    """Return SQLite's code without its kind; 0 for what Python's own part of the library raises."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def damage_of(error: sqlite3.DatabaseError, folder: Path) -> StoreDamaged | None:
    """Return the damage that an error of SQLite tells of; None if it is no sign of any."""
    # Where FTS5 can't even open its index, it can't write it anew either.
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT_VTAB and "constructor" not in str(error):
        return _wordless(folder)
    return damaged(folder, str(error)) if primary(error) in _BROKEN else None


def unreadable(error: sqlite3.DatabaseError, folder: Path) -> StoreError:
    """Return the error for a catalog that can't be opened."""
    if primary(error) == sqlite3.SQLITE_ERROR:
        # There is no table `meta`, or no shadow of `words`.
        return damaged(folder, str(error))
    message = f"the catalog of the store {str(folder)!r} can't be read: {error}. Check that you may write the folder."
    return damage_of(error, folder) or StoreError(message)


def read_meta(connection: sqlite3.Connection, folder: Path) -> dict[str, str]:
    """Return what a catalog says of itself.

    Raises:
        StoreDamaged: it does not say what it is.
    """
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    if missing := next((key for key in _META if key not in meta), ""):
        raise damaged(folder, f"its table 'meta' has no {missing!r}")
    if not meta["schema"].isdecimal():
        raise damaged(folder, f"its schema is {meta['schema']!r} and no number")
    return meta


def require_complete(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse a catalog of this schema that lacks a table, an index or a trigger.

    Raises:
        StoreDamaged: the message names the first of them.
    """
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    if missing := next((name for name in _names() if name not in there), ""):
        raise damaged(folder, f"it has no {missing!r}")


def require_whole(connection: sqlite3.Connection, folder: Path) -> None:
    """Read all of a catalog.

    Raises:
        StoreDamaged: SQLite finds a fault in it, the index of words or a vector is broken, or something is no JSON.
    """
    connection.execute(_TERMS)
    connection.execute("SELECT count(*) FROM temp.terms").fetchone()
    if not connection.execute(_LISTED).fetchone()[0]:
        raise _wordless(folder)
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise damaged(folder, found.splitlines()[-1])
    if uri := connection.execute(_NO_JSON).fetchone():
        raise damaged(folder, f"what it has of {uri[0]!r} is no JSON")
    if lost := waiting.broken(connection):
        what = f"{counted(lost, 'vector')} in {str(folder)!r} can't be read"
        raise StoreDamaged(f"{what}. Run: {repair_command(folder)}")


@cache
def _names() -> tuple[str, ...]:
    """Return what every catalog has, each table before its indexes."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(SCHEMA)
        return tuple(name for (name,) in made.execute("SELECT name FROM sqlite_schema"))


def _wordless(folder: Path) -> StoreDamaged:
    return StoreDamaged(f"the index of words of {str(folder)!r} is broken. Run: {repair_command(folder)}")
