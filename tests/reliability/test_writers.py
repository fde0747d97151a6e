"""R3: one writer at a time, told plainly; readers go on and see what is committed."""

import os
import time
from pathlib import Path

import pytest

from ragkit.errors import StoreLocked
from tests.reliability.growing import OWNER, WORDS, kill, opened, run, sync, texts

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


def hold(folder: Path, *, ready: Path) -> None:
    """Be the writer until killed."""
    with opened(folder) as store, store.writing():
        ready.write_text(str(os.getpid()))
        time.sleep(60)


def write_round(folder: Path, turn: int, *, done: Path) -> None:
    """Write one round, in the middle of a session that goes on."""
    with opened(folder) as store, store.writing():
        sync(store, turn)
        done.touch()
        time.sleep(60)


def wait_for(file: Path, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert file.exists()


def test_the_second_writer_is_told_within_a_second_who_the_first_is(tmp_path: Path) -> None:
    folder, ready = tmp_path / "store", tmp_path / "ready"
    with opened(folder) as store:
        sync(store, 0)
        holder = run(hold, folder, ready=ready)
        wait_for(ready)
        begun = time.monotonic()
        # Broken on purpose: `held` without its `acquire` raises nothing here.
        with pytest.raises(StoreLocked) as caught, store.writing():
            pass
        assert time.monotonic() - begun < 1
        assert caught.value.pid == holder.pid
        kill(holder)
        begun = time.monotonic()
        with store.writing():
            pass
        assert time.monotonic() - begun < 1


def test_twenty_killed_holders_leave_twenty_free_locks(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    for number in range(20):
        ready = tmp_path / f"ready-{number}"
        holder = run(hold, folder, ready=ready)
        wait_for(ready)
        kill(holder)
        with opened(folder) as store:
            begun = time.monotonic()
            with store.writing():
                pass
            assert time.monotonic() - begun < 1


def test_a_reader_sees_a_commit_within_two_seconds(tmp_path: Path) -> None:
    folder, done = tmp_path / "store", tmp_path / "done"
    with opened(folder) as reader:
        sync(reader, 0)
        uri, text = next((uri, text) for uri, text in texts(3).items() if uri not in texts(0))
        query = WORDS.embed_query(f"{uri} {text.split('# Part 1')[0]}")
        assert uri not in [hit.chunk.uri for hit in reader.nearest(query, limit=3, viewer=OWNER)]
        writer = run(write_round, folder, 3, done=done)
        wait_for(done)
        begun = time.monotonic()
        found = [hit.chunk.uri for hit in reader.nearest(query, limit=3, viewer=OWNER)]
        seconds = time.monotonic() - begun
        kill(writer)
        # Broken on purpose: `_current` not comparing versions leaves the reader with what it saw first.
        assert uri in found
        assert seconds < 2
        # And from the index itself, once the writer is gone.
        assert uri in [hit.chunk.uri for hit in reader.nearest(query, limit=3, viewer=OWNER)]


def test_a_store_that_two_processes_write_in_turn_keeps_both(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with opened(folder, sync_threshold=100) as mine:
        for turn in range(0, 6, 2):
            sync(mine, turn)
            done = tmp_path / f"done-{turn}"
            other = run(write_round, folder, turn + 1, done=done)
            wait_for(done)
            kill(other)
        sync(mine, 6)
        # Broken on purpose: `_open` without its `reopen` leaves 108 of 660 vectors out of reach.
        assert mine.examine().fault == ""
        assert {row.uri for row in mine.documents(viewer=OWNER)} == texts(6).keys()
