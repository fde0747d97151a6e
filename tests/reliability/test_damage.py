"""R2: damage to the files of the index is noticed before the first answer, answered around, and mended."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ragkit.store.catalog.catalog import Catalog
from tests.reliability.growing import UNKNOWN, opened, run, sync, texts
from tests.reliability.growing import check as looked_at

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
ROUND = 5
Damage = Callable[[Path, Path], None]
INDEX_FILES = ("data_level0.bin", "header.bin", "length.bin", "link_lists.bin")


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose index has flushed many times, and beside it an older copy of its index."""
    folder = tmp_path_factory.mktemp("healthy") / "store"
    for turn in (ROUND - 1, ROUND):
        with opened(folder, sync_threshold=100) as store:
            sync(store, turn)
        shutil.copytree(folder / "index", folder.with_name(f"index-{turn}"))
    return folder


def cut(name: str, share: float, less: int = 0) -> Damage:
    def damage(index: Path, _: Path) -> None:
        (file,) = index.rglob(name)
        body = file.read_bytes()
        file.write_bytes(body[: max(0, int(len(body) * share) - less)])

    return damage


def zeroed(name: str) -> Damage:
    def damage(index: Path, _: Path) -> None:
        (file,) = index.rglob(name)
        file.write_bytes(bytes(file.stat().st_size))

    return damage


def flipped(name: str, *, keeps_time: bool = False) -> Damage:
    def damage(index: Path, _: Path) -> None:
        (file,) = index.rglob(name)
        before, body = file.stat(), bytearray(file.read_bytes())
        for place in range(len(body) // 3, len(body), len(body) // 5):
            body[place] ^= 0x55
        file.write_bytes(body)
        if keeps_time:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return damage


def older(name: str) -> Damage:
    def damage(index: Path, before: Path) -> None:
        (file,), (old,) = index.rglob(name), before.rglob(name)
        shutil.copy(old, file)

    return damage


def without_folder(index: Path, _: Path) -> None:
    (file,) = index.rglob("header.bin")
    shutil.rmtree(file.parent)


def without_anything(index: Path, _: Path) -> None:
    shutil.rmtree(index)


DAMAGES: dict[str, Damage] = {
    **{f"{name} empty": cut(name, 0) for name in INDEX_FILES},
    **{f"{name} halved": cut(name, 0.5) for name in INDEX_FILES},
    **{f"{name} a byte short": cut(name, 1, less=1) for name in INDEX_FILES if name != "link_lists.bin"},
    "header.bin zeroed": zeroed("header.bin"),
    "segment folder missing": without_folder,
    "index folder missing": without_anything,
    "pickle empty": cut("index_metadata.pickle", 0),
    "older data_level0.bin": older("data_level0.bin"),
    "older pickle": older("index_metadata.pickle"),
    "bits flipped in the vectors": flipped("data_level0.bin"),
    "database halved": cut("chroma.sqlite3", 0.5),
    "older database": older("chroma.sqlite3"),
}


def search(folder: Path) -> dict[str, object]:
    """Open and search in a new process; a process that dies fails the test."""
    result = folder.with_suffix(".json")
    process = run(looked_at, folder, 100, 1000, result=result)
    process.join(90)
    # Broken on purpose: `is_intact` returning True ends this process by SIGSEGV.
    assert process.exitcode in (0, UNKNOWN), "searching ended the process"
    report: dict[str, object] = json.loads(result.read_text("utf-8"))
    return report


def damaged(healthy: Path, tmp_path: Path, damage: Damage) -> Path:
    folder = tmp_path / "store"
    # Times are kept, as they would be if nothing had happened but the damage.
    shutil.copytree(healthy, folder)
    damage(folder / "index", healthy.with_name(f"index-{ROUND - 1}"))
    return folder


@pytest.mark.parametrize("shape", DAMAGES)
def test_damage_is_noticed_before_the_first_answer_and_mended(healthy: Path, tmp_path: Path, shape: str) -> None:
    folder = damaged(healthy, tmp_path, DAMAGES[shape])
    (before,) = (folder / "index").iterdir() if (folder / "index").exists() else (None,)
    report = search(folder)
    # Broken on purpose: `is_intact` not looking at the files loses chunks here.
    assert (report["lost"], report["texts"]) == ([], texts(ROUND))
    assert report["indexed"] == report["chunks"]
    (after,) = (folder / "index").iterdir()
    assert before is None or after.name != before.name, "the damage was not noticed"


@pytest.mark.parametrize(
    "damage", [DAMAGES["data_level0.bin halved"], DAMAGES["pickle empty"]], ids=["vectors", "pickle"]
)
def test_damage_under_a_killed_writer_is_noticed(healthy: Path, tmp_path: Path, damage: Damage) -> None:
    folder = damaged(healthy, tmp_path, damage)
    with closing(Catalog(folder)) as catalog, catalog.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('unsealed', '1')")
    report = search(folder)
    assert (report["lost"], report["texts"]) == ([], texts(ROUND))


def test_a_reader_answers_right_while_a_writer_holds_a_damaged_store(healthy: Path, tmp_path: Path) -> None:
    folder = damaged(healthy, tmp_path, DAMAGES["data_level0.bin halved"])
    with opened(folder) as store, store.writing():
        assert search(folder)["lost"] == []


def test_a_copied_store_needs_no_mending(healthy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(healthy, folder, copy_function=shutil.copyfile)
    (before,) = (folder / "index").iterdir()
    assert search(folder)["lost"] == []
    assert list((folder / "index").iterdir()) == [before]


def test_bits_flipped_behind_an_unchanged_time_are_noticed_by_the_full_check(healthy: Path, tmp_path: Path) -> None:
    folder = damaged(healthy, tmp_path, flipped("data_level0.bin", keeps_time=True))
    with opened(folder) as store:
        assert store.examine().fault != ""


def test_a_healthy_store_passes_the_full_check(healthy: Path, tmp_path: Path) -> None:
    folder = damaged(healthy, tmp_path, lambda *_: None)
    with opened(folder) as store:
        found = store.examine()
        assert (found.fault, found.indexed) == ("", store.stats().chunks)
