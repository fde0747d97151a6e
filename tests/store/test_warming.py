"""Common words are read before anybody asks for them, change no score, and keep nobody waiting."""

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import partial

import pytest

from ragkit.store.memory import memory, postings, warming
from ragkit.store.memory.memory import Memory
from ragkit.store.memory.postings import Extent, Places, Words
from ragkit.store.memory.slots import read_chunks
from ragkit.store.memory.warming import NAME, Warming, common
from ragkit.store.store import Store
from tests.reliability.growing import run
from tests.store.documents import by_fts5, by_words, document, put, put_in, texts

pytestmark = pytest.mark.timeout(60)
QUERIES = ("kettle", "boiling kettles", "red kettle red", "snake_case", "case y", "new kettle")
Read = list[tuple[str, tuple[str, ...]]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Have words read ahead at once, of a few chunks too, and tell by which thread each was read."""
    told: Read = []
    counted = Places.counted

    def telling(self: Places, tokens: Sequence[str]) -> object:
        told.append((threading.current_thread().name, tuple(tokens)))
        return counted(self, tokens)

    monkeypatch.setattr(Places, "counted", telling)
    for name, value in {"FEWEST": 1, "PAUSE": 0.0, "_BUSY": 0.0, "_HAVING": 0}.items():
        monkeypatch.setattr(warming, name, value)
    return told


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == NAME]


def wait() -> None:
    for thread in threads():
        thread.join(30)


def test_a_common_word_is_there_before_anybody_asks_for_it(held: Memory, read: Read) -> None:
    by_words(held, "trombone")
    wait()
    read.clear()
    # Broken on purpose: nothing handed over, `take_in` without a word.
    assert by_words(held, "kettles boiling red")
    assert read == []


@pytest.mark.parametrize("most_new", [0, 3, 2_000])
def test_words_read_ahead_score_as_fts5_scores_them_while_another_process_writes(
    store: Store, held: Memory, read: Read, monkeypatch: pytest.MonkeyPatch, most_new: int
) -> None:
    monkeypatch.setattr(postings, "_MOST_NEW", most_new)
    # What is committed now is newer than the chunks for which the words will be read.
    monkeypatch.setattr(warming, "PAUSE", 0.3)
    by_words(held, "trombone")
    with store.writing():
        store.remove("memory", ["3 kettle", "4 kettle"])
    put(store, document("5 kettle", *texts(205)))
    writer = run(put_in, store.folder, "new", "A new kettle, red as another.")
    writer.join(60)
    assert writer.exitcode == 0
    by_words(held, "trombone")
    wait()
    # Broken on purpose: `Extent.read` without `old`, which counts new chunks twice.
    assert [by_words(held, query) for query in QUERIES] == [by_fts5(store, query) for query in QUERIES]
    assert NAME in {name for name, _ in read}


def test_scores_are_right_at_every_moment_of_a_history(
    store: Store, held: Memory, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "_MOST_NEW", 4)
    monkeypatch.setattr(postings, "BUDGET", 3_000)
    for number in range(30):
        put(store, document(f"{number % 11} kettle", *texts(number)))
        if number % 5 == 4:
            with store.writing():
                store.remove("memory", [f"{number % 11 - 1} kettle"])
        for query in QUERIES:
            assert by_words(held, query, 5) == by_fts5(store, query, 5)
    assert NAME in {name for name, _ in read}


def test_words_are_read_ahead_again_once_new_chunks_have_joined_the_old_ones(
    store: Store, held: Memory, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "_MOST_NEW", 0)
    for number in range(2):
        put(store, *(document(f"new {number} {each}", "Another kettle.") for each in range(9)))
        by_words(held, "trombone")
        wait()
    # Broken on purpose: `begin` that remembers having begun, and not for which extent.
    assert read.count((NAME, ("kettl",))) == 2


def test_a_word_that_was_read_for_fewer_chunks_is_not_kept(store: Store) -> None:
    with closing(memory._connected(store.folder / "catalog.db")) as connection:
        chunks = read_chunks(connection, after=0)
        words = Words(connection, upto=chunks.last - 1)
        earlier, found = words.extent, words.extent.read(Places(connection), ("kettl",), chunks)
        words.begin(chunks.last)
        # Broken on purpose: `take_in` without a look at the extent.
        assert not words.take_in(earlier, ("kettl",), found)
        _, frequencies = words.weighed(["kettle"], chunks)
    assert frequencies == {"kettle": chunks.total}


def test_no_more_is_read_ahead_than_there_is_room_for(
    held: Memory, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "BUDGET", 1)
    by_words(held, "trombone")
    wait()
    # Broken on purpose: `take_in` without a look at the budget.
    assert [tokens for name, tokens in read if name == NAME] == [("kettl",)]


def test_the_commonest_come_first_and_what_nobody_asks_for_does_not_come(store: Store, read: Read) -> None:
    put(store, *(document(f"{each}", "the trombone" + " rests" * (each % 3 == 0)) for each in range(60)))
    put(store, document("one", "the violin"))
    with closing(memory._connected(store.folder / "catalog.db")) as connection:
        found = common(connection, read_chunks(connection, after=0))
    assert found[0] == "trombon"
    assert {"the", "violin"}.isdisjoint(found)
    assert found.index("kettl") < found.index("rest")


def test_a_single_question_reads_nothing_ahead(held: Memory, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "PAUSE", 60.0)
    by_words(held, "kettle")
    assert threads()
    held.close()
    # Broken on purpose: `_run` without the pause; `close` without `join`.
    assert NAME not in {name for name, _ in read}
    assert threads() == []


def test_few_chunks_are_not_worth_a_thread(held: Memory) -> None:
    by_words(held, "kettle")
    assert threads() == []


def test_closing_ends_it_in_the_middle_of_a_statement(
    store: Store, read: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ragkit.store.memory.warming")
    # It rests for a minute at SQLite's first instruction.
    for name, value in {"_BUSY": 1e9, "_NAP": 60.0, "_STEPS": 1}.items():
        monkeypatch.setattr(warming, name, value)
    connect = partial(memory._connected, store.folder / "catalog.db")
    with closing(connect()) as connection:
        chunks = read_chunks(connection, after=0)
    made = Warming(connect, lambda *_: True)
    made.begin(Extent(chunks.last), chunks)
    made.close()
    made.begin(Extent(chunks.last), chunks)
    # Broken on purpose: no progress handler; `begin` that begins after the end.
    assert "OperationalError" in caplog.text
    assert (read, threads()) == ([], [])


def test_a_catalog_that_cannot_be_read_is_left_to_the_next_search(store: Store, held: Memory, read: Read) -> None:
    def refused() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    with closing(memory._connected(store.folder / "catalog.db")) as connection:
        chunks = read_chunks(connection, after=0)
    with closing(Warming(refused, lambda *_: True)) as made:
        # An exception of a thread that nobody catches fails the test.
        made.begin(Extent(chunks.last), chunks)
    assert by_words(held, "kettle")


FORGETFUL = """
import sys
from pathlib import Path
from ragkit.store.memory import warming
from ragkit.store.memory.memory import Memory
from tests.store.documents import by_words
warming.FEWEST, warming.PAUSE = 1, 600.0
held = Memory(Path(sys.argv[1]))
assert by_words(held, "kettle")
"""


def test_a_process_that_closes_nothing_ends_at_once(store: Store) -> None:
    command = [sys.executable, "-c", FORGETFUL, str(store.folder / "catalog.db")]
    # Broken on purpose: `_ends` without a look at the main thread.
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
