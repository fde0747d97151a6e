"""A store that is built beside the one that serves, with other vectors, until it takes its place in one commit.

It lies in the folder `next` with a catalog of its own; its vector index lies beside the other indexes.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from ragkit.errors import StoreError
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.writing import CHUNK_ROW, add_chunks
from ragkit.store.index.base import Indexes

FOLDER = "next"


def successor_catalog(folder: Path, indexes: Indexes, *, fingerprint: str) -> Catalog:
    """Return the catalog of the store that is being built in a store's folder, made if there is none.

    One that was begun for another fingerprint, or that can't be read, is thrown away.
    """
    beside = folder / FOLDER
    if _meta(beside).get("fingerprint") != fingerprint:
        discard_successor(folder, indexes)
        # Its tenant is that of the store it grows from, whose rows alone say who may read.
        Catalog.create(beside, fingerprint=fingerprint, tenant=_meta(folder)["tenant"]).close()
    return Catalog(beside)


def discard_successor(folder: Path, indexes: Indexes) -> None:
    """Remove what is left of one; its index stays if it is the one that serves now. Nothing there, nothing done."""
    beside = folder / FOLDER
    if not beside.exists():
        return
    serving, left = _meta(folder), _meta(beside)
    for name in {left.get("collection", ""), left.get("spare", "")} - {"", serving.get("collection", "")}:
        indexes.drop(name)
    shutil.rmtree(beside)


def take_over(connection: sqlite3.Connection, successor: sqlite3.Connection) -> None:
    """Put the successor's chunks and vectors in the place of a catalog's own; part of one transaction."""
    for table in ("chunks", "vectors", "pending", "garbage"):
        connection.execute(f"DELETE FROM {table}")
    vectors = successor.execute("SELECT id, vector FROM vectors")
    connection.executemany("INSERT INTO vectors VALUES (?, ?)", vectors)
    add_chunks(connection, successor.execute(f"SELECT {CHUNK_ROW} FROM chunks ORDER BY row"))
    fingerprint = successor.execute("SELECT value FROM meta WHERE key = 'fingerprint'").fetchone()
    connection.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", fingerprint)


def _meta(folder: Path) -> dict[str, str]:
    try:
        with closing(Catalog(folder)) as catalog:
            return catalog.meta()
    except (StoreError, sqlite3.DatabaseError):
        # Killed while it was made: there is nothing in it.
        return {}
