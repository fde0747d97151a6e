"""S9: entries are only added, and one that was edited or removed is found."""

import sqlite3
import stat
import tracemalloc
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ragkit.errors import StoreError
from ragkit.store.catalog.journal import FILE, Journal

pytestmark = pytest.mark.timeout(60)
ENTRIES = 20


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path)
    for number in range(ENTRIES):
        made.append("answer", f"r{number}", {"text": f"text {number}"}, turn=f"turn {number}")
    return made


def rows() -> Iterator[tuple[str, str]]:
    """What somebody may do to any entry, and by the number of the entry."""
    for number in range(1, ENTRIES + 1):
        yield f"edited {number}", f"UPDATE entries SET body = '{{}}' WHERE seq = {number}"
        yield f"moved in time {number}", f"UPDATE entries SET at = '2020-01-01T00:00:00+00:00' WHERE seq = {number}"
        yield f"renamed {number}", f"UPDATE entries SET record = 'r99' WHERE seq = {number}"
        yield f"removed {number}", f"DELETE FROM entries WHERE seq = {number}"
        yield f"erased in silence {number}", f"UPDATE entries SET body = NULL WHERE seq = {number}"
        yield f"cut off at {number}", f"DELETE FROM entries WHERE seq >= {number}"


def tamper(journal: Journal, sql: str) -> None:
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute(sql)
        connection.commit()


def test_an_untouched_journal_is_whole(journal: Journal) -> None:
    found = journal.inspect()
    assert (found.entries, found.erased, found.fault) == (ENTRIES, 0, "")
    assert found.head == list(journal.entries())[-1].chain


def test_every_edit_and_every_removal_is_found(journal: Journal) -> None:
    whole = journal.path.read_bytes()
    for what, sql in rows():
        tamper(journal, sql)
        # Broken on purpose: `_wrong` without the comparison of `chain`, of `digest`, or of `seq`; no `last != head`.
        assert journal.inspect().fault, what
        journal.path.write_bytes(whole)


def test_the_first_entry_that_is_wrong_is_named(journal: Journal) -> None:
    noted = next(entry.chain for entry in journal.entries("r3"))
    tamper(journal, "UPDATE entries SET body = NULL WHERE seq = 5")
    tamper(journal, "UPDATE entries SET record = 'r99' WHERE seq = 9")
    found = journal.inspect()
    # Broken on purpose: `gone` asked only where there is no other fault.
    assert (found.fault.split(",")[0], found.head) == ("the text of entry 5 is gone", noted)


def test_a_long_journal_is_not_held_in_memory(journal: Journal) -> None:
    for number in range(100):
        journal.append("answer", f"long {number}", {"text": "x" * 100_000})
    tracemalloc.start()
    try:
        found, last = journal.inspect(), deque(journal.entries(), maxlen=1)
        # Broken on purpose: `entries` and `inspect` with a list around what is read.
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert (found.entries, found.head) == (ENTRIES + 100, last[0].chain)


def test_a_chain_that_was_written_anew_is_found_by_its_noted_head(journal: Journal, tmp_path: Path) -> None:
    noted = journal.inspect().head
    other = Journal(tmp_path / "other")
    for entry in list(journal.entries())[:-1]:
        other.append(entry.kind, entry.record, {"text": "nicer"})
    assert not other.inspect().fault
    assert noted in other.inspect(head=noted).fault
    journal.append("answer", "later", {})
    assert not journal.inspect(head=noted).fault


def test_what_is_erased_is_not_in_the_file_and_the_chain_holds(journal: Journal) -> None:
    assert journal.erase(["r3", "r7"], why="forgotten") == 2
    for file in journal.path.parent.iterdir():
        # Broken on purpose: a log that is not truncated; no `secure_delete`, where SQLite does not overwrite by itself.
        assert b"text 3" not in file.read_bytes()
        assert b"turn 7" not in file.read_bytes()
    found = journal.inspect()
    assert (found.erased, found.fault) == (2, "")
    assert not next(journal.entries("r3")).body


def test_old_records_are_erased_and_younger_ones_stay(journal: Journal) -> None:
    assert journal.expire(datetime.now(UTC) - timedelta(days=1)) == 0
    assert journal.expire(datetime.now(UTC) + timedelta(days=1)) == ENTRIES
    assert journal.expire(datetime.now(UTC) + timedelta(days=1)) == 0
    assert not journal.inspect().fault


def test_a_turn_is_found_by_its_key(journal: Journal) -> None:
    assert (journal.record_of("turn 4"), journal.record_of("turn 99")) == ("r4", "")


def test_nobody_else_may_read_it(journal: Journal) -> None:
    # Broken on purpose: `touch` without a mode.
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_a_folder_without_records_has_none_and_gets_none_by_looking(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert (list(journal.entries()), journal.record_of("x"), journal.inspect().fault) == ([], "", "")
    assert journal.erase(["r1"], why="forgotten") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, " * 100)
    with pytest.raises(StoreError, match="move it away"):
        Journal(tmp_path).append("answer", "r1", {})


def test_a_journal_of_another_schema_is_refused(journal: Journal) -> None:
    tamper(journal, "UPDATE meta SET value = '9' WHERE key = 'schema'")
    with pytest.raises(StoreError, match="'9'"):
        list(journal.entries())
