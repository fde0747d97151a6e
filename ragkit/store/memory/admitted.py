"""Filters and viewers as masks over the chunks in memory, by the tables `attributes` and `readers`.

What they let through is asked of the catalog once more, by `conditions`, before anybody sees it.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from ragkit.documents import Viewer
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range
from ragkit.store.catalog.conditions import ALWAYS, Condition, as_text, compile_filter
from ragkit.store.catalog.records import integers
from ragkit.store.memory.scoring import Mask
from ragkit.store.memory.slots import Chunks

# Of 100,000 chunks a mask has 100 KB.
_MOST_MASKS = 64
# A condition with more characters is too rare to be kept.
_LONGEST_KEY = 10_000
_TEXTS = frozenset({"source", "uri", "title", "media_type"})
# What a chunk has of its own. There are no tables for it, so all chunks are looked through.
_OF_CHUNKS = frozenset({"heading", "page"})
_TRUTHS = {False: b"\0", True: b"\1"}
_VALUES = "SELECT group_concat(document) FROM attributes WHERE field = ? AND "
_READERS = "SELECT group_concat(document) FROM readers WHERE name IN (SELECT value FROM json_each(?))"

_NUMBER, _TEXT = "value < ''", "value >= '' AND value < x''"

Leaf = Equals | In | Range


@dataclass(frozen=True)
class Wanted:
    """What a search may return: a filter and a viewer, the SQL condition of both, and that of the viewer alone."""

    where: Filter | None
    viewer: Viewer
    condition: Condition
    allowed: Condition

    @property
    def unfiltered(self) -> "Wanted":
        """All that the viewer may read."""
        return Wanted(None, self.viewer, self.allowed, self.allowed)


EVERYTHING = Wanted(None, Viewer.local(), ALWAYS, ALWAYS)


@dataclass
class Admitted:
    """Masks of one state of the catalog after another. A mask is kept until the next state."""

    connection: sqlite3.Connection
    _kept: OrderedDict[tuple[object, ...], Mask] = field(default_factory=OrderedDict)

    def forget(self) -> None:
        """Drop what is kept: the catalog has changed."""
        self._kept.clear()

    def mask(self, wanted: Wanted, chunks: Chunks) -> Mask:
        """Return which slots hold a chunk that is there and wanted."""
        if wanted.condition == ALWAYS:
            return chunks.alive
        sql, values = wanted.condition
        key = (sql, *values)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = chunks.alive & _Masks(self.connection, chunks, wanted).by_slot()
        if sum(len(str(part)) for part in key) < _LONGEST_KEY:
            self._kept[key] = found
        if len(self._kept) > _MOST_MASKS:
            self._kept.popitem(last=False)
        return found


class _Masks:
    """Masks made by one look at a table each: by document, unless the filter asks for what only a chunk has."""

    def __init__(self, connection: sqlite3.Connection, chunks: Chunks, wanted: Wanted) -> None:
        self._connection = connection
        self._chunks = chunks
        self._wanted = wanted
        self._documents = chunks.numbers
        self._by_chunk = wanted.where is not None and not _OF_CHUNKS.isdisjoint(_fields(wanted.where))
        self._size = chunks.size if self._by_chunk else self._documents

    def by_slot(self) -> Mask:
        found = np.ones(self._size, np.bool_)
        if self._wanted.where is not None:
            found &= self._judged(self._wanted.where, holds=True)
        if not self._wanted.viewer.owner:
            groups = json.dumps(sorted(self._wanted.viewer.groups))
            found &= self._of_documents([(_READERS, (groups,))])
        return found if self._by_chunk else self._chunks.of_documents(found)

    def _judged(self, where: Filter, *, holds: bool) -> Mask:
        """Return where a filter holds, or where it does not; where a field is missing, neither."""
        match where:
            case Not(part):
                return self._judged(part, holds=not holds)
            case And(parts) | Or(parts):
                every = isinstance(where, And) == holds
                masks = (self._judged(part, holds=holds) for part in parts)
                start = np.full(self._size, every)
                return reduce(np.logical_and if every else np.logical_or, masks, start)
            case _:
                found = self._holding(where)
                return found if holds else self._having(where.field) & ~found

    def _holding(self, leaf: Leaf) -> Mask:
        if leaf.field in _OF_CHUNKS:
            return self._of_chunks(compile_filter(leaf))
        match leaf:
            case Equals(name, value):
                return self._of_documents(_among(name, [value]))
            case In(name, values):
                return self._of_documents(_among(name, values))
            case Range():
                return self._of_documents(_between(leaf))

    def _having(self, name: str) -> Mask:
        if name in _OF_CHUNKS:
            return self._of_chunks((f"c.{name} IS NOT NULL", []))
        return self._of_documents([(f"{_VALUES} 1", (name,))])

    def _of_documents(self, queries: Iterable[tuple[str, Sequence[object]]]) -> Mask:
        """Return the documents that any of the queries gives."""
        found = np.zeros(self._documents, np.bool_)
        for sql, values in queries:
            numbers = integers(self._connection.execute(sql, values).fetchone()[0])
            found[numbers[numbers < self._documents]] = True
        return self._chunks.of_documents(found) if self._by_chunk else found

    def _of_chunks(self, condition: Condition) -> Mask:
        sql, values = condition
        rows = self._connection.execute(f"SELECT c.row FROM chunks c WHERE {sql} ORDER BY c.row", values)
        found = np.zeros(self._chunks.size, np.bool_)
        found[self._chunks.slots_of(np.array([row for (row,) in rows], np.int64))[0]] = True
        return found


def _fields(where: Filter) -> set[str]:
    match where:
        case Not(part):
            return _fields(part)
        case And(parts) | Or(parts):
            return set().union(*(_fields(part) for part in parts))
        case _:
            return {where.field}


def _among(name: str, values: Sequence[object]) -> list[tuple[str, Sequence[object]]]:
    values = [as_text(value) for value in values] if name in _TEXTS else values
    plain = [value for value in values if not isinstance(value, bool)]
    one_of = f"{_VALUES} value IN (SELECT value FROM json_each(?))"
    return [
        (one_of, (name, json.dumps(plain))),
        *((f"{_VALUES} value = ?", (name, _TRUTHS[value])) for value in values if isinstance(value, bool)),
    ]


def _between(where: Range) -> list[tuple[str, Sequence[object]]]:
    parts, values = ["1"], [where.field]
    for sign, bound in ((">=", where.low), ("<=", where.high)):
        if bound is None:
            continue
        text = where.field in _TEXTS or isinstance(bound, str)
        # SQL sorts numbers before texts, and texts before the blobs that stand for truth values.
        parts.append(f"value {sign} json_extract(?, '$') AND {_TEXT if text else _NUMBER}")
        values.append(json.dumps(as_text(bound) if text else bound))
    return [(_VALUES + " AND ".join(parts), values)]
