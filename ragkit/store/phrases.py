"""Words side by side, looked for in the catalog's FTS5 table."""

import sqlite3
from collections.abc import Sequence

from ragkit.store.conditions import ALWAYS, Condition
from ragkit.store.lexical import RANK

# So many of the best are looked through for what was asked for word for word.
MOST = 2_000


def rows_with(connection: sqlite3.Connection, words: Sequence[str], condition: Condition) -> list[int]:
    """Return the rows whose text, heading or title has the words' stems side by side, best first; at most `MOST`."""
    if not words:
        return []
    sql, values = condition
    joined = (
        "" if condition == ALWAYS else "JOIN chunks c ON c.row = words.rowid JOIN documents d ON d.id = c.document_id"
    )
    found = connection.execute(
        f"SELECT words.rowid FROM words {joined} WHERE words MATCH ? AND ({sql}) ORDER BY {RANK}, words.rowid LIMIT ?",
        [f'"{" ".join(words)}"', *values, MOST],
    )
    return [row for (row,) in found]
