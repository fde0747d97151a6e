"""R2: damage to the catalog is told as such, with what helps; what is derived, or can be made again, is mended."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ragkit.documents import Viewer
from ragkit.errors import StoreDamaged
from ragkit.health.check import Check, guarded
from ragkit.health.store import store as looked_at
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


MENDED = {
    "vector gone": sql("PRAGMA foreign_keys = OFF", f"DELETE FROM vectors WHERE id = {ONE}"),
    "vector cut": sql(f"UPDATE vectors SET vector = substr(vector, 1, 100) WHERE id = {ONE}"),
    "vector of odd bytes": sql(f"UPDATE vectors SET vector = substr(vector, 1, 101) WHERE id = {ONE}"),
}
BEYOND = {table: overwritten(table) for table in ("vectors", "chunks", "documents")}


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


@pytest.mark.parametrize("shape", MENDED)
def test_a_broken_vector_is_told_and_made_again(folder: Path, shape: str) -> None:
    # Broken on purpose: without `require_whole` in health/store.py all is well; without `await_broken` it stays broken.
    MENDED[shape](folder / FILE)
    told = check(folder)
    assert (told.level, "1 vector" in told.message, told.fix.split(" --")[0]) == ("fault", True, "ragkit store repair")
    with workspace(folder) as opened:
        assert opened.repair() == COUNT
    assert check(folder).level == "ok"
    assert found(folder) == TEXTS.keys()


def test_the_index_of_words_is_built_anew(folder: Path) -> None:
    # Broken on purpose: without `write_words_anew` in `Store.rebuild` nothing is found by words.
    sql("DELETE FROM words_data WHERE id > 10")(folder / FILE)
    with workspace(folder) as opened:
        opened.repair()
    assert found(folder) == TEXTS.keys()


@pytest.mark.parametrize("table", BEYOND)
def test_what_no_command_mends_is_told_as_damage(folder: Path, table: str) -> None:
    # Broken on purpose: without the `except` in `Catalog._lent` sqlite3's own error comes out.
    BEYOND[table](folder / FILE)
    told = check(folder)
    assert told.level == "fault"
    assert told.fix == "" or "ingest" in told.fix
    assert "Put back a copy" in told.message
    with workspace(folder) as opened, pytest.raises(StoreDamaged, match="Put back a copy"):
        opened.repair()


@pytest.mark.parametrize("shape", [*BEYOND, *MENDED])
def test_a_search_finds_or_tells_of_the_damage(folder: Path, shape: str) -> None:
    # Broken on purpose: without the `except` in `unpack` a cut vector is numpy's own error.
    (BEYOND | MENDED)[shape](folder / FILE)
    with workspace(folder) as opened, suppress(StoreDamaged):
        hits = opened.search("number7", viewer=Viewer.local(), limit=1)
        assert hits[0].chunk.uri == "7.md"
