"""`ragkit doctor` on the answers on record."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ragkit.config import Config, RecordsConfig, StoreConfig
from ragkit.errors import StoreError
from ragkit.health.records import records
from ragkit.store.catalog.journal import Journal

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "my store")
    made.path.parent.mkdir()
    made.append("answer", "r1", {"text": "one"})
    made.append("answer", "r2", {"text": "two"})
    return made


def told(folder: Path, **kept: object) -> list[tuple[str, str, str]]:
    config = Config(store=StoreConfig(path=folder), records=RecordsConfig.model_validate({"keep": 30} | kept))
    return [(check.level, check.message, check.fix) for check in records(config)]


def test_records_are_told_in_numbers(journal: Journal) -> None:
    assert told(journal.path.parent) == [("ok", "2 entries, 0.0 MB, all as written, kept for 30 days", "")]


@pytest.mark.parametrize(("keep", "said"), [(30, "recorded for 30 days; none yet"), (0, "no answer is recorded")])
def test_no_records_are_well_and_none_are_made_by_looking(tmp_path: Path, keep: int, said: str) -> None:
    ((level, message, _),) = told(tmp_path, keep=keep)
    assert (level, said in message, list(tmp_path.iterdir())) == ("ok", True, [])


def test_an_edited_record_is_a_fault_with_the_command(journal: Journal) -> None:
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("UPDATE entries SET body = '{}' WHERE seq = 1")
        connection.commit()
    # Broken on purpose: `_whole` without its first branch.
    ((level, _, fix),) = told(journal.path.parent)
    assert (level, fix) == ("fault", f"ragkit records check --store '{journal.path.parent}'")


def test_records_that_others_can_read_are_a_warning_with_the_command(journal: Journal) -> None:
    journal.path.chmod(0o640)
    assert told(journal.path.parent)[1][::2] == ("warning", f"chmod 600 '{journal.path}'")


def test_records_that_nothing_erases_and_records_in_full_are_warnings(journal: Journal) -> None:
    assert "records.keep is 0" in told(journal.path.parent, keep=0)[1][1]
    assert "records.redact is off" in told(journal.path.parent, redact=False)[1][1]


def test_a_file_that_is_no_journal_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"not a database, " * 100)
    with pytest.raises(StoreError):
        told(tmp_path)
