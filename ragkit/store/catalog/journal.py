"""The journal of a store: entries that are only ever added, each sealed with the hash of all before it.

An entry's text may be erased, because it is somebody's data or its time is up. What stays is its hash, and a later
entry that says so: the chain holds, and an entry that is gone without one is found. Whoever can write the file can also
write a whole chain anew; that is found by whoever noted the head of the chain elsewhere.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ragkit.errors import StoreError
from ragkit.store.catalog.room import full, refused

FILE = "records.db"
VERSION = 1
# What was erased, and why, is never erased itself.
ERASED = "erased"
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, record TEXT NOT NULL, at TEXT NOT NULL,
    body TEXT, digest TEXT NOT NULL, chain TEXT NOT NULL, turn TEXT
);
CREATE INDEX entries_record ON entries (record);
CREATE INDEX entries_turn ON entries (turn) WHERE turn IS NOT NULL;
CREATE INDEX entries_kept ON entries (at) WHERE body IS NOT NULL;
"""
_COLUMNS = "seq, kind, record, at, body, digest, chain"
# An answer waits no longer than this for its record, in seconds.
_PATIENCE = 2


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row: what was added to which record, and when. `body` is JSON, and None once it was erased."""

    seq: int
    kind: str
    record: str
    at: str
    body: str | None
    digest: str
    chain: str

    def sealed(self, before: str) -> str:
        """Return the chain's hash for this entry, whatever the one it has."""
        return _sha256(json.dumps([before, self.seq, self.kind, self.record, self.at, self.digest]))


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What came of following the chain. `head` is its last hash; `fault` is empty if no entry was edited or removed."""

    entries: int
    erased: int
    head: str
    fault: str


class Journal:
    """The journal in a store's folder; every call opens the file and closes it. Nothing there, nothing listed.

    Every method raises StoreError if the file can't be read or written, and StoreFull if there is no room for it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    @property
    def exists(self) -> bool:
        """Whether anything was ever recorded here."""
        return self.path.exists()

    def append(self, kind: str, record: str, body: Mapping[str, object], *, turn: str = "") -> Entry:
        """Add an entry; it is on the disk when this returns. `turn` is what `record_of` finds it by."""
        with self._writing() as connection:
            return _append(connection, kind, record, body, turn=turn)

    def entries(self, record: str = "") -> Iterator[Entry]:
        """Yield the entries in their order, or those of one record, one at a time."""
        if not self.exists:
            return
        chosen, values = (" WHERE record = ?", [record]) if record else ("", [])
        with self._open() as connection:
            yield from _read(connection.execute(f"SELECT {_COLUMNS} FROM entries{chosen} ORDER BY seq", values))

    def of_kind(self, kind: str, *, since: datetime | None = None, latest: bool = False) -> Iterator[Entry]:
        """Yield the entries of a kind that were not erased, one at a time; the oldest first, or the latest."""
        if not self.exists:
            return
        order = "DESC" if latest else "ASC"
        sql = f"SELECT {_COLUMNS} FROM entries WHERE kind = ? AND at >= ? AND body IS NOT NULL ORDER BY seq {order}"
        with self._open() as connection:
            yield from _read(connection.execute(sql, (kind, _written(since) if since else "")))

    def record_of(self, turn: str) -> str:
        """Return the last record that was added with this `turn`; empty if there is none."""
        if not self.exists:
            return ""
        with self._open() as connection:
            sql = "SELECT record FROM entries WHERE turn = ? ORDER BY seq DESC LIMIT 1"
            row = connection.execute(sql, (turn,)).fetchone()
        return str(row[0]) if row else ""

    def erase(self, records: Iterable[str], *, why: str) -> int:
        """Erase all texts of records, overwritten in the file, and say so in an entry; return how many there were."""
        chosen = sorted(set(records))
        if not chosen or not self.exists:
            return 0
        with self._writing() as connection:
            _erase(connection, chosen, why=why)
        self._truncate_log()
        return len(chosen)

    def expire(self, before: datetime) -> int:
        """Erase the records that are older, and return how many there were."""
        if not self.exists:
            return 0
        with self._open() as connection:
            sql = "SELECT DISTINCT record FROM entries WHERE body IS NOT NULL AND at < ? AND kind != ?"
            old = [str(row[0]) for row in connection.execute(sql, (_written(before), ERASED))]
        return self.erase(old, why="older than records.keep")

    def inspect(self, *, head: str = "") -> Inspection:
        """Follow the chain from its beginning. `head` is one that was noted before: it must still be part of it."""
        chain, last = _Chain(noted=head), ""
        if self.exists:
            with self._open() as connection:
                # Entries and head as they are at one moment, whatever is added meanwhile.
                connection.execute("BEGIN")
                for entry in _read(connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY seq")):
                    chain.add(entry)
                row = connection.execute("SELECT value FROM meta WHERE key = 'head'").fetchone()
                last = str(row[0]) if row else ""
        return chain.inspected(last)

    def compact(self) -> None:
        """Write the file anew, without the remains of what was erased."""
        if self.exists:
            with self._open() as connection:
                connection.execute("VACUUM")
            self._truncate_log()

    def _truncate_log(self) -> None:
        with self._open() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self.exists:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.path.touch(mode=0o600)
        except OSError as error:
            raise refused(error, self.path) from error
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'entries'").fetchone():
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('schema', ?)", (str(VERSION),))
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=_PATIENCE)) as connection:
                connection.executescript("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
                self._require_version(connection)
                yield connection
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise full(self.path) from error
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            fix = "Check that it may be written and is no other file; to begin a new one, move it away."
            raise StoreError(f"the records in {str(self.path)!r} can't be used ({name}). {fix}") from error

    def _require_version(self, connection: sqlite3.Connection) -> None:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
            return
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        if row and row[0] != str(VERSION):
            message = f"{str(self.path)!r} has schema {row[0]!r}, this ragkit reads {VERSION}"
            raise StoreError(f"{message}. Use the ragkit that wrote it, or move the file away.")


class _Chain:
    """What was found out by following the chain so far, entry by entry; `noted` is a head to meet on the way."""

    def __init__(self, *, noted: str) -> None:
        self._noted = noted
        self._met = not noted
        self._entries = 0
        self._last = ""
        self._fault = ""
        self._erased: set[str] = set()
        # The first entry without its text of each record, and the hash before it: what says why comes later.
        self._gone: dict[str, tuple[int, str]] = {}

    def add(self, entry: Entry) -> None:
        """Follow the chain by an entry."""
        self._entries += 1
        self._met |= entry.chain == self._noted
        if entry.kind == ERASED:
            self._erased.update(_erased_in(entry))
        self._fault = self._fault or self._wrong(entry)
        if self._fault:
            return
        if entry.body is None:
            self._gone.setdefault(entry.record, (entry.seq, self._last))
        self._last = entry.chain

    def inspected(self, head: str) -> Inspection:
        """Return what came of it, where the journal says that its head is this."""
        gone = min((at for record, at in self._gone.items() if record not in self._erased), default=None)
        fault, last = self._fault, self._last
        if gone:
            fault, last = f"the text of entry {gone[0]} is gone, and no entry says why", gone[1]
        if not fault and last != head:
            fault = f"entries are missing after entry {self._entries}"
        if not fault and not self._met:
            fault = f"no entry has the head {self._noted!r}: the journal was written anew, or is another one"
        return Inspection(entries=self._entries, erased=len(self._erased), head=last, fault=fault)

    def _wrong(self, entry: Entry) -> str:
        if entry.seq != self._entries:
            return f"entry {self._entries} is missing"
        if entry.chain != entry.sealed(self._last) or (entry.body is not None and _sha256(entry.body) != entry.digest):
            return f"entry {self._entries} of {entry.at!r} was changed"
        return ""


def _append(
    connection: sqlite3.Connection, kind: str, record: str, body: Mapping[str, object], *, turn: str = ""
) -> Entry:
    last = connection.execute("SELECT seq, chain FROM entries ORDER BY seq DESC LIMIT 1").fetchone() or (0, "")
    text, at = json.dumps(body, ensure_ascii=False), _written(datetime.now(UTC))
    digest = _sha256(text)
    bare = Entry(seq=last[0] + 1, kind=kind, record=record, at=at, body=text, digest=digest, chain="")
    chain = bare.sealed(last[1])
    row = (bare.seq, kind, record, at, text, digest, chain, turn or None)
    connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('head', ?)", (chain,))
    return Entry(seq=bare.seq, kind=kind, record=record, at=at, body=text, digest=digest, chain=chain)


def _erase(connection: sqlite3.Connection, records: Sequence[str], *, why: str) -> None:
    for record in records:
        sql = "UPDATE entries SET body = NULL, turn = NULL WHERE record = ? AND kind != ?"
        connection.execute(sql, (record, ERASED))
    _append(connection, ERASED, "", {"records": records, "why": why})


def _erased_in(entry: Entry) -> list[str]:
    try:
        return [str(record) for record in json.loads(entry.body or "{}").get("records", [])]
    except (ValueError, AttributeError):
        # Somebody edited it; its hash says so.
        return []


def _read(rows: Iterable[tuple[int, str, str, str, str | None, str, str]]) -> Iterator[Entry]:
    for seq, kind, record, at, body, digest, chain in rows:
        yield Entry(seq=seq, kind=kind, record=record, at=at, body=body, digest=digest, chain=chain)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
