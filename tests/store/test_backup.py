import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.backup import back_up, restore
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.reading import count
from ragkit.store.store import Store
from ragkit.testing import MemoryIndexes
from tests.store.documents import WORDS, document, found, put


@pytest.fixture
def indexes() -> MemoryIndexes:
    return MemoryIndexes()


@pytest.fixture
def store(tmp_path: Path, indexes: MemoryIndexes) -> Iterator[Store]:
    folder = tmp_path / "store"
    with Store(Catalog.create(folder, fingerprint="w", tenant="local"), indexes, folder=folder) as opened:
        put(opened, *(document(f"d{number}", f"word {number} of many") for number in range(30)))
        yield opened


def reopened(folder: Path) -> Store:
    opened = Store(Catalog(folder), MemoryIndexes(), folder=folder)
    with opened.writing():
        opened.rebuild()
    return opened


def test_a_restored_store_finds_the_same(store: Store, tmp_path: Path) -> None:
    manifest = back_up(store.folder, tmp_path / "backup.zip")
    assert (manifest.documents, manifest.chunks) == (30, 30)
    assert restore(tmp_path / "backup.zip", tmp_path / "again") == manifest
    with reopened(tmp_path / "again") as again:
        for number in range(30):
            query = f"word {number} of many"
            assert found(again, query) == found(store, query)


def test_a_backup_taken_while_documents_come_in_is_whole(store: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set() and number < 2000:
            put(store, document(f"d{number}", f"word {number} of many"))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifests = [back_up(store.folder, tmp_path / f"{number}.zip") for number in range(5)]
    finally:
        stop.set()
        writer.join()
    for number, manifest in enumerate(manifests):
        folder = tmp_path / f"again-{number}"
        restore(tmp_path / f"{number}.zip", folder)
        with reopened(folder) as again:
            stats = again.stats()
            assert (stats.documents, stats.chunks, stats.indexed) == (manifest.documents,) * 3


def test_the_index_of_a_restored_store_is_built_once(store: Store, tmp_path: Path) -> None:
    with store.writing():
        put(store, document("late", "word of an ingest that goes on"))
        back_up(store.folder, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    # Broken on purpose: without `forget_lacking` in `_settle` the writer first builds the index for what it lacks.
    with closing(Catalog(tmp_path / "again")) as catalog, catalog.reading() as connection:
        assert [count(connection, table) for table in ("pending", "garbage")] == [0, 0]
    with reopened(tmp_path / "again") as again:
        assert again.stats().indexed == 31


def test_a_changed_archive_is_refused(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    back_up(store.folder, file)
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)
    with pytest.raises(StoreDamaged, match="was changed since it was made"):
        restore(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("kept", [0, 10, 1000])
def test_half_an_archive_is_refused(store: Store, tmp_path: Path, kept: int) -> None:
    file = tmp_path / "backup.zip"
    back_up(store.folder, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(StoreDamaged, match="Use another one"):
        restore(file, tmp_path / "again")


def test_a_restored_store_leaves_the_index_of_the_first_alone(
    store: Store, indexes: MemoryIndexes, tmp_path: Path
) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    (own,) = indexes.named
    # On a Chroma server the indexes of both stores lie side by side.
    with Store(Catalog(tmp_path / "again"), indexes, folder=tmp_path / "again") as again:
        with again.writing():
            # Broken on purpose: without a collection of its own, this drops the index of the first store.
            again.rebuild()
            again.remove("memory", ["d7"])
        assert own in indexes.named
        assert len(indexes.named) == 2
    assert store.stats().indexed == 30
    assert found(store, "word 7 of many")[0] == "word 7 of many"


def test_readers_do_not_stop_the_writer_of_a_restored_store(store: Store, tmp_path: Path) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    with closing(Catalog(tmp_path / "again")) as reader, reader.reading() as connection:
        connection.execute("SELECT count(*) FROM chunks").fetchone()
        # Broken on purpose: without its log the catalog is locked here for ten seconds, and then refused.
        with Store(Catalog(tmp_path / "again"), MemoryIndexes(), folder=tmp_path / "again") as writer:
            put(writer, document("new", "a new text"))


def test_the_log_of_a_store_that_was_there_before_is_not_played_into_the_restored_one(
    store: Store, tmp_path: Path
) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    put(store, document("later", "not in the backup"))
    again = tmp_path / "again"
    again.mkdir()
    for name in ("catalog.db-wal", "catalog.db-shm"):
        shutil.copy(store.folder / name, again / name)
    # Broken on purpose: with the old log left there, the catalog is malformed or has a document more.
    restore(tmp_path / "backup.zip", again)
    with reopened(again) as opened:
        assert (opened.stats().documents, opened.stats().indexed) == (30, 30)


def test_a_folder_may_be_there_already_and_hold_other_files(store: Store, tmp_path: Path) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    for name in ("empty", "used"):
        (tmp_path / name).mkdir()
    (tmp_path / "used" / "notes.txt").write_text("mine")
    for name in ("empty", "used"):
        restore(tmp_path / "backup.zip", tmp_path / name)
        with reopened(tmp_path / name) as again:
            assert again.stats().documents == 30
    assert (tmp_path / "used" / "notes.txt").read_text() == "mine"


def test_a_broken_catalog_is_not_backed_up_over_a_good_backup(store: Store, tmp_path: Path) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    before = (tmp_path / "backup.zip").read_bytes()
    broken = tmp_path / "broken"
    restore(tmp_path / "backup.zip", broken)
    body = bytearray((broken / "catalog.db").read_bytes())
    # A page of vectors, which nothing counts.
    place = body.index(WORDS.embed_documents(["word 7 of many"]).tobytes()) // 4096 * 4096
    body[place : place + 4096] = bytes(4096)
    (broken / "catalog.db").write_bytes(body)
    # Broken on purpose: without `quick_check` this becomes the newest backup.
    with pytest.raises(StoreDamaged, match="so it was not backed up"):
        back_up(broken, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").read_bytes() == before
    assert not list(tmp_path.glob(".backup-*"))


def test_a_store_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    back_up(store.folder, tmp_path / "backup.zip")
    with pytest.raises(StoreError, match="has a store already"):
        restore(tmp_path / "backup.zip", store.folder)


def test_a_file_that_is_no_backup_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    # Broken on purpose: without `_is_backup` in `back_up` the notes are gone.
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    with pytest.raises(StoreError, match=r"notes\.txt' is there and no backup"):
        back_up(store.folder, notes)
    assert notes.read_text() == "mine"
    back_up(store.folder, tmp_path / "backup.zip")
    assert back_up(store.folder, tmp_path / "backup.zip").documents == store.stats().documents


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        back_up(tmp_path, tmp_path / "backup.zip")
    with pytest.raises(StoreError, match=r"nothing\.zip"):
        restore(tmp_path / "nothing.zip", tmp_path / "again")
