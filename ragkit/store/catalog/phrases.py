"""Words side by side, looked for in the catalog's FTS5 table."""

import sqlite3
from collections.abc import Sequence

from ragkit.store.catalog.conditions import ALWAYS, Condition
from ragkit.store.catalog.lexical import RANK

# So many of the best are looked through for what was asked for word for word.
MOST = 2_000
# Counted up to here.
ENOUGH = 1_000
# What a word with inner capitals is made of does not stand there word for word.
_AS_WRITTEN = "-parts : "


def rows_with(connection: sqlite3.Connection, words: Sequence[str], condition: Condition) -> list[int]:
    """Return the rows whose text, heading or title has the words' stems side by side, best first; at most `MOST`."""
    if not words:
        return []
    sql, values = condition
    found = connection.execute(
        f"SELECT words.rowid {_from(condition)} WHERE words MATCH ? AND ({sql}) ORDER BY {RANK}, words.rowid LIMIT ?",
        [f'{_AS_WRITTEN}"{" ".join(words)}"', *values, MOST],
    )
    return [row for (row,) in found]


def count_with(connection: sqlite3.Connection, word: str, condition: Condition) -> int:
    """Return how many rows have a word, another form of it, or a word that it is a part of; `ENOUGH` if more."""
    sql, values = condition
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 {_from(condition)} WHERE words MATCH ? AND ({sql}) LIMIT ?)",
        [f'"{word}"', *values, ENOUGH],
    )
    return int(found.fetchone()[0])


def documents_with(connection: sqlite3.Connection, words: Sequence[str], condition: Condition) -> set[str]:
    """Return the ids of the documents of which one chunk has all the words, in any form and order. No words, none."""
    if not words:
        return set()
    sql, values = condition
    every = " AND ".join(f'"{word}"' for word in words)
    found = connection.execute(
        "SELECT DISTINCT c.document_id FROM words JOIN chunks c ON c.row = words.rowid "
        f"JOIN documents d ON d.id = c.document_id WHERE words MATCH ? AND ({sql})",
        [f"{_AS_WRITTEN}({every})", *values],
    )
    return {document for (document,) in found}


def _from(condition: Condition) -> str:
    joined = "JOIN chunks c ON c.row = words.rowid JOIN documents d ON d.id = c.document_id"
    return "FROM words" if condition == ALWAYS else f"FROM words {joined}"
