"""Searching the catalog and the vector index where they lie, with nothing of them in memory."""

import json
import sqlite3
from collections.abc import Sequence

import numpy as np

from ragkit.documents import Chunk, Hit
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.candidates import Candidates, Scores
from ragkit.store.catalog import waiting
from ragkit.store.catalog.conditions import ALWAYS, Condition
from ragkit.store.catalog.lexical import RANK, match_expression
from ragkit.store.catalog.phrases import count_with
from ragkit.store.catalog.records import CHUNK_COLUMNS, read_chunk, unpack
from ragkit.store.index.base import VectorIndex
from ragkit.store.memory.admitted import Wanted
from ragkit.store.memory.slots import read_lengths

_JOINED = "FROM chunks c JOIN documents d ON d.id = c.document_id"


def hits(connection: sqlite3.Connection, found: Sequence[tuple[str, float]], condition: Condition) -> list[Hit]:
    """Return the found ids that the catalog knows with their vector and the condition admits, in their order."""
    sql, values = condition
    rows = connection.execute(
        f"SELECT {CHUNK_COLUMNS} {_JOINED} WHERE c.id IN (SELECT value FROM json_each(?)) "
        f"AND {waiting.EMBEDDED} AND ({sql})",
        [json.dumps([row for row, _ in found]), *values],
    )
    known = {row[-1]: read_chunk(row) for row in rows}
    return [Hit(chunk=known[row], score=score, why={"dense_score": score}) for row, score in found if row in known]


def nearest_among(
    connection: sqlite3.Connection, index: VectorIndex, vector: Vectors, limit: int, condition: Condition
) -> list[Hit]:
    """Ask the index for ever more neighbours until enough of them are known and admitted, or there are no more."""
    wanted = limit + limit // 4 if condition == ALWAYS else limit * 4
    while True:
        (found,) = index.nearest(vector[None, :], limit=wanted)
        admitted = hits(connection, found, condition)
        if len(admitted) >= limit or len(found) < wanted:
            return admitted[:limit]
        wanted *= 4


def matching(connection: sqlite3.Connection, words: Sequence[str], limit: int, condition: Condition) -> list[Hit]:
    """Return the chunks that have any of the words, best first."""
    found = dict(_best_by_words(connection, words, limit, condition))
    admitted = chunks(connection, list(found), condition)
    return [Hit(chunk=chunk, score=found[row], why={"lexical_score": found[row]}) for row, chunk in admitted.items()]


def chunks(connection: sqlite3.Connection, rows: Sequence[int], condition: Condition) -> dict[int, Chunk]:
    """Return the chunks that the condition admits by their rows, in the order of the rows."""
    sql, values = condition
    found = connection.execute(
        f"SELECT {CHUNK_COLUMNS}, c.row {_JOINED} WHERE c.row IN (SELECT value FROM json_each(?)) AND ({sql})",
        [json.dumps(list(rows)), *values],
    )
    by_row = {each[-1]: read_chunk(each) for each in found}
    return {row: by_row[row] for row in rows if row in by_row}


def candidates(
    connection: sqlite3.Connection,
    near: Sequence[Chunk],
    words: Sequence[str],
    vector: Vectors,
    limit: int,
    wanted: Wanted,
) -> Candidates:
    """Return the chunks that are near already and the best by words, each with both its scores."""
    places = json.dumps([[chunk.document_id, chunk.ordinal] for chunk in near])
    rows = connection.execute(
        "SELECT c.row FROM json_each(?) j JOIN chunks c "
        "ON c.document_id = json_extract(j.value, '$[0]') AND c.ordinal = json_extract(j.value, '$[1]')",
        (places,),
    )
    union = {row for (row,) in rows} | {row for row, _ in _best_by_words(connection, words, limit, wanted.condition)}
    places = json.dumps(sorted(union))
    vectors = connection.execute(
        "SELECT c.row, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector_id "
        "WHERE c.row IN (SELECT value FROM json_each(?)) ORDER BY c.row",
        (places,),
    ).fetchall()
    # With a plus the rows are looked for among those that match, not matched one by one.
    scored = f"SELECT rowid, -{RANK} FROM words WHERE words MATCH ? AND +rowid IN (SELECT value FROM json_each(?))"
    scores = dict(connection.execute(scored, (match_expression(words), places))) if words else {}
    count = "SELECT count(*) FROM words WHERE words MATCH ?"
    _, lengths = read_lengths(connection)
    return Candidates(
        rows=np.array([row for row, _ in vectors], np.int64),
        dense=_cosines([blob for _, blob in vectors], vector),
        lexical=np.array([scores.get(row, 0.0) for row, _ in vectors]),
        frequencies={word: connection.execute(count, (match_expression([word]),)).fetchone()[0] for word in words},
        known={word for word in words if count_with(connection, word, wanted.allowed)},
        chunks=len(lengths),
        mean_words=int(lengths.sum()) / max(len(lengths), 1),
        unembedded=waiting.count(connection, wanted.condition),
    )


def _cosines(blobs: Sequence[bytes], vector: Vectors) -> Scores:
    """Return the cosine similarity to each vector, NaN for one that is not made yet."""
    found = np.full(len(blobs), np.nan)
    if made := [place for place, blob in enumerate(blobs) if blob]:
        found[made] = unpack([blobs[place] for place in made]) @ vector
    return found


def _best_by_words(
    connection: sqlite3.Connection, words: Sequence[str], limit: int, condition: Condition
) -> list[tuple[int, float]]:
    """Return rows and scores alone: with the texts of all that match, sorting takes four times as long."""
    if not words:
        return []
    sql, values = condition
    joined = (
        "" if condition == ALWAYS else "JOIN chunks c ON c.row = words.rowid JOIN documents d ON d.id = c.document_id"
    )
    return connection.execute(
        f"SELECT words.rowid, -{RANK} AS score FROM words {joined} WHERE words MATCH ? AND ({sql}) "
        "ORDER BY score DESC, words.rowid LIMIT ?",
        [match_expression(words), *values, limit],
    ).fetchall()
