"""Which records of answers hold something of a document: they are forgotten together with it."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from ragkit.filters import Filter
from ragkit.store.catalog.conditions import compile_filter
from ragkit.store.catalog.journal import ERASED, Journal

# What of a record is asked; the rest is for those who wrote it.
_PASSAGES = ("hits", "omitted")
# The JSON of a body, as its keys need.
_Body = Mapping[str, Any]


def forget_records(journal: Journal, connection: sqlite3.Connection, where: Filter) -> int:
    """Erase the records that hold something of the documents which a filter selects; return how many there were.

    They do if a passage is of them, if they were given in a conversation that had such a record, or one that is not on
    record, if the query has a word that only the store can have brought in and one of the documents has, and if their
    uri stands in it anywhere.
    """
    if not journal.exists:
        return 0
    sql, values = compile_filter(where)
    joined = "documents d LEFT JOIN chunks c ON c.document_id = d.id"
    columns = "d.id, d.uri, d.title, d.text"
    chosen = connection.execute(f"SELECT DISTINCT {columns} FROM {joined} WHERE {sql}", values).fetchall()
    return journal.erase(_touched(journal, chosen), why="forgotten") if chosen else 0


def forget_orphans(journal: Journal, connection: sqlite3.Connection) -> int:
    """Erase the records of answers that rest on documents which are no longer stored; return how many there were."""
    if not journal.exists:
        return 0
    stored = {row[0] for row in connection.execute("SELECT id FROM documents")}
    touched: dict[str, None] = {}
    for entry in journal.entries():
        kept: _Body = json.loads(entry.body or "{}")
        if entry.kind != ERASED and (
            _documents(kept) - stored or any(one in touched for one in kept.get("history", ()))
        ):
            touched[entry.record] = None
    return journal.erase(touched, why="documents are gone")


def _touched(journal: Journal, chosen: list[tuple[str, str, str, str]]) -> list[str]:
    identities, uris = {row[0] for row in chosen}, [row[1] for row in chosen]
    words = "\n".join(f"{title}\n{text}" for _, _, title, text in chosen).casefold()
    touched: dict[str, None] = {}
    for entry in journal.entries():
        if entry.kind == ERASED or entry.body is None:
            continue
        kept: _Body = json.loads(entry.body)
        told = _documents(kept) & identities or any(json.dumps(uri)[1:-1] in _escaped(kept) for uri in uris)
        if told or _leans(kept, touched) or any(word in words for word in kept.get("learnt", ())):
            touched[entry.record] = None
    return list(touched)


def _documents(kept: _Body) -> set[str]:
    passages = [passage for key in _PASSAGES for passage in kept.get(key, ())]
    return {identity for passage in passages for identity in (passage["document"], *passage["repeats"])}


def _leans(kept: _Body, touched: Mapping[str, None]) -> bool:
    # A turn that has no record may have been about anything.
    return any(not earlier or earlier in touched for earlier in kept.get("history", ()))


def _escaped(kept: _Body) -> str:
    return json.dumps(kept)
