"""R2: damage to the catalog is told as such, with what helps; what is derived, or can be made again, is mended."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ragkit.documents import Viewer
from ragkit.errors import IndexMismatch, StoreDamaged
from ragkit.filters import Equals
from ragkit.health.check import Check, guarded
from ragkit.health.store import store as looked_at
from ragkit.store.backup import back_up
from ragkit.store.catalog.schema import FILE
from ragkit.testing.embeddings import WordEmbeddings
from ragkit.testing.sources import MemoryConnector
from ragkit.workspace import Workspace, open_workspace

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
COUNT = 30
TEXTS = {
    f"{number}.md": f"# Part {number}\n\nPart number{number} is kept on shelf {number}." for number in range(COUNT)
}
ONE = "(SELECT vector_id FROM chunks ORDER BY row LIMIT 1 OFFSET 7)"
Damage = Callable[[Path], None]


def sql(*statements: str) -> Damage:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return damage


def overwritten(table: str) -> Damage:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        with file.open("r+b") as opened:
            opened.seek((page - 1) * size)
            opened.write(b"\xa5" * size)

    return damage


def no_json(column: str) -> Damage:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'document_changed'").fetchone()
            connection.execute("DROP TRIGGER document_changed")
            connection.execute(f"UPDATE documents SET {column} = '{{' WHERE uri = '7.md'")
            connection.execute(trigger)

    return damage


VECTORS = {
    "vector gone": sql("PRAGMA foreign_keys = OFF", f"DELETE FROM vectors WHERE id = {ONE}"),
    "vector cut": sql(f"UPDATE vectors SET vector = substr(vector, 1, 100) WHERE id = {ONE}"),
    "vector of odd bytes": sql(f"UPDATE vectors SET vector = substr(vector, 1, 101) WHERE id = {ONE}"),
}
WORDS = {
    "words gone": sql("DELETE FROM words_data WHERE id > 10"),
    "a page of words gone": sql("DELETE FROM words_data WHERE id = (SELECT max(id) FROM words_data)"),
    "words emptied": sql("INSERT INTO words (words) VALUES ('delete-all')"),
    "words of a chunk gone": sql("INSERT INTO words (words, rowid, title, heading, parts, text) "
                                 "SELECT 'delete', * FROM searchable WHERE row = 8"),
    "list of pages gone": sql("DELETE FROM words_idx"),
    "length of a chunk gone": sql("DELETE FROM words_docsize WHERE id = 8"),
}  # fmt: skip
PAGES = {table: overwritten(table) for table in ("vectors", "chunks", "documents", "words_data")}
# What is damaged, and how the message names it.
EDITED = {
    "table 'vectors'": (sql("PRAGMA foreign_keys = OFF", "DROP TABLE vectors"), "it has no 'vectors'"),
    "table 'words'": (sql("DROP TABLE words"), "it has no 'words'"),
    "table 'words_data'": (sql("DROP TABLE words_data"), "it has no 'words_data'"),
    "all words": (sql("DELETE FROM words_data"), "malformed|constructor"),
    "trigger": (sql("DROP TRIGGER chunk_added"), "it has no 'chunk_added'"),
    "index": (sql("DROP INDEX waiting"), "it has no 'waiting'"),
    "table 'meta'": (sql("DROP TABLE meta"), "no such table: meta"),
    "collection": (sql("DELETE FROM meta WHERE key = 'collection'"), "'meta' has no 'collection'"),
    "fingerprint": (sql("DELETE FROM meta WHERE key = 'fingerprint'"), "'meta' has no 'fingerprint'"),
    "tenant": (sql("DELETE FROM meta WHERE key = 'tenant'"), "'meta' has no 'tenant'"),
    "schema": (sql("DELETE FROM meta WHERE key = 'schema'"), "'meta' has no 'schema'"),
    "another schema": (sql("UPDATE meta SET value = 'x' WHERE key = 'schema'"), "its schema is 'x' and no number"),
}
COLUMNS = {column: no_json(column) for column in ("metadata", "access", "sections")}
MENDED, BEYOND = VECTORS | WORDS, PAGES | {name: damage for name, (damage, _) in EDITED.items()}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy") / "store"
    with workspace(folder) as filled:
        filled.ingest(MemoryConnector(TEXTS))
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path) -> Path:
    return shutil.copytree(healthy, tmp_path / "store")


def workspace(folder: Path) -> Workspace:
    return open_workspace(folder, embedding=WordEmbeddings(), chat="extractive")


def found(folder: Path) -> set[str]:
    """Return which documents are the first hit of the question for them."""
    with workspace(folder) as opened:
        firsts = (opened.search(f"number{each}", viewer=Viewer.local(), limit=1) for each in range(COUNT))
        return {hit.chunk.uri for hits in firsts for hit in hits}


def check(folder: Path) -> Check:
    with workspace(folder) as opened:
        return guarded("store", lambda: looked_at(opened))


@pytest.mark.parametrize("shape", VECTORS)
def test_a_broken_vector_is_told_and_made_again(folder: Path, shape: str) -> None:
    # Broken on purpose: without `require_whole` in health/store.py all is well; without `await_broken` it stays broken.
    require_mended(folder, VECTORS[shape], "1 vector")


@pytest.mark.parametrize("shape", WORDS)
def test_a_broken_index_of_words_is_told_and_built_anew(folder: Path, shape: str) -> None:
    # Broken on purpose: without the count of `_TERMS` a page that is gone is not seen, without each half of
    # `_LISTED` chunks that are, or the list of pages; without SQLITE_CORRUPT_VTAB in `damage_of` a backup is named;
    # without `write_words_anew` in `Store.rebuild` it stays broken.
    require_mended(folder, WORDS[shape], "the index of words")


def require_mended(folder: Path, damage: Damage, named: str) -> None:
    damage(folder / FILE)
    told = check(folder)
    assert (told.level, named in told.message, told.fix.split(" --")[0]) == ("fault", True, "ragkit store repair")
    with workspace(folder) as opened:
        assert opened.repair() == COUNT
    assert check(folder).level == "ok"
    assert found(folder) == TEXTS.keys()


@pytest.mark.parametrize("shape", BEYOND)
def test_what_no_command_mends_is_told_as_damage(folder: Path, shape: str) -> None:
    # Broken on purpose: without the `except` in `Catalog._lent` sqlite3's own error comes out; without
    # `require_complete` in `Catalog._opened` that of a missing table, and without `read_meta` Python's; without
    # "constructor" in `damage_of` the repair names itself.
    BEYOND[shape](folder / FILE)
    told = check(folder)
    assert told.level == "fault"
    assert told.fix == "" or "ingest" in told.fix
    assert "Put back a copy" in told.message
    with workspace(folder) as opened, pytest.raises(StoreDamaged, match="Put back a copy"):
        opened.repair()


@pytest.mark.parametrize("shape", EDITED)
def test_what_is_missing_is_named(folder: Path, shape: str) -> None:
    damage, named = EDITED[shape]
    damage(folder / FILE)
    with workspace(folder) as opened, pytest.raises(StoreDamaged, match=named):
        opened.search("number7", viewer=Viewer.local(), limit=1)


@pytest.mark.parametrize("shape", ["collection", "fingerprint", "another schema"])
def test_what_does_not_say_what_it_is_is_not_backed_up(folder: Path, shape: str) -> None:
    # Broken on purpose: without `read_meta` in `_copy` of the backup.
    BEYOND[shape](folder / FILE)
    with pytest.raises(StoreDamaged, match="Put back a copy"):
        back_up(folder, folder.with_name("backup.zip"))
    assert not folder.with_name("backup.zip").exists()


@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_no_json_is_told_by_the_document(folder: Path, column: str) -> None:
    # Broken on purpose: without `_NO_JSON` the doctor sees nothing; without `_loaded` json's own error comes out.
    COLUMNS[column](folder / FILE)
    assert "'7.md' is no JSON" in check(folder).message
    with workspace(folder) as opened:
        (wanted,) = opened.store.documents(viewer=Viewer.local(), where=Equals("uri", "7.md"))
        with pytest.raises(StoreDamaged, match=re.escape("'7.md' is no JSON")):
            opened.store.document(wanted.id, viewer=Viewer.local())


@pytest.mark.parametrize("value", ["x", "5", "{}"])
def test_an_odd_fingerprint_is_another_embedder_for_which_the_vectors_are_built_anew(folder: Path, value: str) -> None:
    # Broken on purpose: without the `except` in `require_same` Python's own error comes out.
    sql(f"UPDATE meta SET value = '{value}' WHERE key = 'fingerprint'")(folder / FILE)
    with workspace(folder) as opened, pytest.raises(IndexMismatch, match="Run: ragkit store reindex"):
        opened.search("number7", viewer=Viewer.local(), limit=1)
    with workspace(folder) as opened:
        opened.reindex()
    assert found(folder) == TEXTS.keys()


@pytest.mark.parametrize("shape", [*BEYOND, *MENDED, *COLUMNS])
def test_a_search_finds_or_tells_of_the_damage(folder: Path, shape: str) -> None:
    # Broken on purpose: without the `except` in `unpack` a cut vector is numpy's own error.
    (BEYOND | MENDED | COLUMNS)[shape](folder / FILE)
    with workspace(folder) as opened, suppress(StoreDamaged):
        hits = opened.search("number7", viewer=Viewer.local(), limit=1)
        assert hits[0].chunk.uri == "7.md"
