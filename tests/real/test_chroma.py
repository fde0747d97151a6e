"""Chroma in this process; as a server of its own it has its tests in `test_chroma_server`."""

import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chromadb
import pytest

from ragkit import Config, wiring
from ragkit.errors import StoreDamaged
from ragkit.store.index.base import Indexes
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.testing.index_contract import IndexContract, fill, nearest, unit

pytestmark = pytest.mark.real


class TestEmbeddedChroma(IndexContract):
    @pytest.fixture
    def indexes(self, tmp_path: Path) -> Indexes:
        return FolderIndexes(tmp_path / "index", ChromaIndex)


def test_only_ids_and_vectors_are_kept(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "index", collection="ragkit-plain")
    fill(index, 2)
    kept = index._collection.get(include=["documents", "metadatas"])
    assert not any(kept["documents"] or ())
    assert not any(kept["metadatas"] or ())


def test_telemetry_is_off(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "index", collection="ragkit-quiet")
    assert index._collection._client.get_settings().anonymized_telemetry is False


def test_what_another_process_wrote_is_seen_after_reopening(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "index", collection="ragkit-shared")
    fill(index, 1)
    code = f"""
import numpy as np
from pathlib import Path
from ragkit import Config, wiring
from ragkit.errors import StoreDamaged
from ragkit.store.index.chroma import ChromaIndex
index = ChromaIndex(Path({str(tmp_path / "index")!r}), collection="ragkit-shared")
index.upsert(["other"], np.eye({len(unit(0))}, dtype=np.float32)[1:2])
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    index.reopen()
    assert index.ids() == {"0", "other"}
    assert nearest(index, unit(1), limit=1)[0][0] == "other"


def test_a_relative_store_is_the_one_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        index = wiring.indexes(Config()).open("ragkit-here")
        index.upsert([name], unit(0)[None, :])
        # Broken on purpose: without absolute() in wiring.indexes, Chroma takes the second for the first.
        assert index.ids() == {name}


def test_stores_of_one_process_do_not_disturb_each_other(tmp_path: Path) -> None:
    asking = FolderIndexes(tmp_path / "one" / "index", ChromaIndex).open("ragkit-one")
    fill(asking, 5)
    written = FolderIndexes(tmp_path / "two" / "index", ChromaIndex)
    fill(written.open("ragkit-two"), 3)

    def ask(turn: int) -> bool:
        if turn % 10 == 0:
            asking.reopen()
        return nearest(asking, unit(turn % 5), limit=1)[0][0] == str(turn % 5)

    def reopen(turn: int) -> bool:
        again = written.open("ragkit-two") if turn % 2 else other
        again.reopen()
        return nearest(again, unit(turn % 3), limit=1)[0][0] == str(turn % 3)

    other = written.open("ragkit-two")
    with ThreadPoolExecutor(2) as pool:
        # Broken on purpose: with clients of chromadb's and `clear_system_cache` for each reopening this is a KeyError.
        asked, reopened = pool.map(lambda act: [act(turn) for turn in range(200)], (ask, reopen))
    assert all(asked)
    assert all(reopened)


def test_what_the_program_around_us_keeps_in_chroma_is_let_alone(tmp_path: Path) -> None:
    theirs = chromadb.EphemeralClient()
    theirs.create_collection("theirs", embedding_function=None)
    index = FolderIndexes(tmp_path / "index", ChromaIndex).open("ragkit-ours")
    index.reopen()
    # Broken on purpose: after `clear_system_cache` a second client has nothing of the first.
    assert [found.name for found in chromadb.EphemeralClient().list_collections()] == ["theirs"]
    theirs.delete_collection("theirs")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what the process has open by /proc")
def test_two_hundred_openings_leave_no_file_and_no_thread(tmp_path: Path) -> None:
    indexes = FolderIndexes(tmp_path / "index", ChromaIndex)
    index = indexes.open("ragkit-leak")
    fill(index, 3)

    def open_now() -> int:
        return sum(len(list(Path(f"/proc/self/{kind}").iterdir())) for kind in ("fd", "task"))

    index.reopen()
    before = open_now()
    for _ in range(100):
        index.reopen()
        assert nearest(indexes.open("ragkit-leak"), unit(0), limit=1)[0][0] == "0"
    # Broken on purpose: without the `finalize` each leaves its threads and files until the next collection.
    assert open_now() <= before + 8


def test_a_file_of_settings_in_the_working_directory_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CHROMA_OTEL_COLLECTION_ENDPOINT=http://127.0.0.1:9\nMIGRATIONS=none\n")
    monkeypatch.chdir(tmp_path)
    index = ChromaIndex(tmp_path / "index", collection="ragkit-env")
    settings = index._collection._client.get_settings()
    # Broken on purpose: without `_env_file=None`.
    assert (settings.chroma_otel_collection_endpoint, settings.migrations) == ("", "apply")


def test_the_command_in_the_message_names_the_store(tmp_path: Path) -> None:
    store = tmp_path / "my store"
    index = FolderIndexes(store / "index", ChromaIndex).open("ragkit-lost")
    fill(index, 3)
    # Of another dimension, which Chroma refuses as it does a broken file.
    with pytest.raises(StoreDamaged) as caught:
        nearest(index, unit(0)[:3], limit=1)
    assert shlex.split(str(caught.value).partition("Run: ")[2]) == ["ragkit", "store", "repair", "--store", str(store)]
