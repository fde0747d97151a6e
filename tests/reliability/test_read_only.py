"""R9: a store in a folder that may only be read answers everything it holds, and refuses to be written in one line."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ragkit.errors import StoreError, StoreFull
from ragkit.store.backup import back_up
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.store import Store
from tests.reliability.faults import DOCUMENTS, OWNER, done, ingest, lost, opened, texts
from tests.reliability.small_disk import NEVER, disk, may_mount, remount

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]
FIX = "Make it .*writable for this user, or choose another folder."


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy") / "store"
    with opened(folder) as store:
        ingest(store, texts(0))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    if not may_mount(tmp_path / "tried"):
        pytest.skip("a disk that may only be read needs the right to mount one: run these tests as root")
    with disk(tmp_path / "disk") as mounted:
        yield mounted


def nothing(_: Path) -> None:
    """Leave a store as it is."""


def cut_vectors(folder: Path) -> None:
    (file,) = folder.rglob("data_level0.bin")
    file.write_bytes(file.read_bytes()[:1000])


def without_index(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def unsealed(folder: Path) -> None:
    with closing(Catalog(folder)) as catalog, catalog.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('unsealed', '1')")


@pytest.mark.parametrize("damage", [nothing, cut_vectors, without_index, unsealed], ids=lambda damage: damage.__name__)
def test_a_store_that_may_only_be_read_answers_from_the_first_search_on(
    damage: Callable[[Path], None], place: Path, healthy: Path
) -> None:
    shutil.copytree(healthy, place / "store")
    damage(place / "store")
    remount(place, "ro")
    # Broken on purpose: `_connect` without `_frozen`; `indexed` letting StoreError through.
    with opened(place / "store") as store:
        assert lost(store, texts(0)) == []
        (row,) = [row for row in store.documents(viewer=OWNER) if row.uri == "doc-7"]
        document = store.document(row.id, viewer=OWNER)
        assert document is not None
        assert document.text == texts(0)["doc-7"]
        assert store.stats().chunks == 4 * DOCUMENTS


def test_commits_that_only_the_log_holds_are_read(place: Path, tmp_path: Path, healthy: Path) -> None:
    shutil.copytree(healthy, tmp_path / "store")
    with opened(tmp_path / "store") as writer:
        ingest(writer, texts(1))
        # As a killed writer would leave it: the log is not yet in the database.
        shutil.copytree(tmp_path / "store", place / "killed")
    remount(place, "ro")
    with opened(place / "killed") as store:
        assert lost(store, texts(1)) == []


def test_a_log_that_cannot_be_read_is_told_and_not_left_out(place: Path, tmp_path: Path, healthy: Path) -> None:
    shutil.copytree(healthy, tmp_path / "store")
    with opened(tmp_path / "store") as writer:
        ingest(writer, texts(1))
        shutil.copytree(tmp_path / "store", place / "killed", ignore=shutil.ignore_patterns("*-shm"))
    remount(place, "ro")
    # Broken on purpose: `_frozen` not looking at the log answers with what was replaced.
    with pytest.raises(StoreError, match=FIX):
        opened(place / "killed")


def add(store: Store) -> None:
    ingest(store, texts(1))


def remove(store: Store) -> None:
    with store.writing():
        store.remove("source", ["doc-7"])


def rebuild(store: Store) -> None:
    with store.writing():
        store.rebuild()


def keep(store: Store) -> None:
    back_up(store.folder, store.folder / "backup.zip")


def make(store: Store) -> None:
    Catalog.create(store.folder / "another", fingerprint="words", tenant="local")


@pytest.mark.parametrize("writes", [add, remove, rebuild, keep, make], ids=lambda writes: writes.__name__)
def test_writing_where_one_may_only_read_is_refused_with_the_fix(
    writes: Callable[[Store], None], place: Path, healthy: Path
) -> None:
    shutil.copytree(healthy, place / "store")
    remount(place, "ro")
    with opened(place / "store") as store:
        # Broken on purpose: `held` or `create` letting the system's error through.
        with pytest.raises(StoreError, match=FIX) as caught:
            writes(store)
        assert not isinstance(caught.value, StoreFull)
        assert str(place / "store") in str(caught.value)
        assert lost(store, texts(0)) == []
    remount(place, "rw")
    again = done("replace", place / "store", place, NEVER)
    assert again.error == []
    with opened(place / "store") as store:
        assert store.examine().fault == ""
        assert lost(store, texts(1)) == []


def test_a_reader_that_may_only_read_sees_what_another_process_commits(
    place: Path, tmp_path: Path, healthy: Path
) -> None:
    shutil.copytree(healthy, place / "store")
    window = tmp_path / "window"
    window.mkdir()
    subprocess.run(["mount", "--bind", str(place), str(window)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(window)], check=True)
        with opened(window / "store") as reader:
            assert lost(reader, texts(0)) == []
            assert done("replace", place / "store", place, NEVER).error == []
            # Broken on purpose: `_lent` keeping a frozen connection shows what was there before.
            assert lost(reader, texts(1)) == []
            with opened(place / "store") as writer:
                ingest(writer, texts(2))
                assert lost(reader, texts(2)) == []
    finally:
        subprocess.run(["umount", "--lazy", str(window)], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write whatever the permissions say: run this as another user")
def test_a_folder_without_permission_to_write_is_read_and_not_written(tmp_path: Path, healthy: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(healthy, folder)
    folder.chmod(0o500)
    try:
        with opened(folder) as store:
            assert lost(store, texts(0)) == []
            with pytest.raises(StoreError, match=FIX):
                add(store)
            assert lost(store, texts(0)) == []
    finally:
        folder.chmod(0o700)
