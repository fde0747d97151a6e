"""The words that a catalog's chunks are written in, as they stand there, for those that a question misspells."""

import sqlite3
import threading

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ragkit.store.state import MOST_CHUNKS, count_chunks

# Below four letters everything is near to everything; nobody misspells what is longer than the longest of these.
_SHORTEST, _LONGEST = 4, 40
_PAGE = 1_000

_Bits = npt.NDArray[np.uint32]


class Vocabulary:
    """All words of one catalog; read when first asked for, then only what is new. Safe to use from several threads.

    A word stays until the process ends, even if the chunks that had it are gone: ask the catalog whether it is there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._row = 0
        self._words: dict[str, None] = {}
        self._listed: list[str] = []
        self._lengths = np.zeros(0, np.int64)
        self._bits: _Bits = np.zeros(0, np.uint32)

    def near(self, connection: sqlite3.Connection, word: str, *, distance: int) -> list[tuple[str, int]]:
        """Return the words that so many slips of the pen make of this one, the nearest first, with their number.

        A slip is a letter too many, too few, wrong, or swapped with the next. None in a catalog too large for memory.
        """
        with self._lock:
            if not self._level(connection):
                return []
            # A slip changes at most two of the letters that a word has.
            close = (np.abs(self._lengths - len(word)) <= distance) & (
                np.bitwise_count(self._bits ^ _letters([word])[0]) <= 2 * distance
            )
            candidates = [self._listed[place] for place in np.flatnonzero(close)]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=distance, limit=None)
        return [(near, int(slips)) for near, slips, _ in found]

    def _level(self, connection: sqlite3.Connection) -> bool:
        """Read what is new; whether the catalog is small enough."""
        if (connection.execute("SELECT max(row) FROM chunks").fetchone()[0] or 0) <= self._row:
            return True
        if count_chunks(connection) > MOST_CHUNKS:
            return False
        rows = connection.execute(
            "SELECT row, title || ' ' || heading || ' ' || text FROM searchable WHERE row > ? ORDER BY row",
            (self._row,),
        )
        before = len(self._words)
        while page := rows.fetchmany(_PAGE):
            self._words.update(dict.fromkeys(_words("\n".join(text for _, text in page))))
            self._row = page[-1][0]
        if len(self._words) > before:
            self._listed = list(self._words)
            self._lengths = np.array([len(word) for word in self._listed])
            self._bits = _letters(self._listed)
        return True


def _words(text: str) -> list[str]:
    # Splitting takes a third of the time of a regular expression.
    stripped = {word.strip(".,;:!?()[]{}<>\"'*_`|/\\#-…“”„‘’") for word in set(text.lower().split())}  # noqa: RUF001
    parts = (
        part for word in stripped for part in (word.replace("/", "-").split("-") if not word.isalpha() else [word])
    )
    return [part for part in parts if part.isalpha() and _SHORTEST <= len(part) <= _LONGEST]


def _letters(words: list[str]) -> _Bits:
    """Return which letters each word has, a bit for each; letters of other alphabets share them."""
    lengths = np.array([len(word) for word in words])
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    return np.bitwise_or.reduceat(np.uint32(1) << (codes & np.uint32(31)), np.cumsum([0, *lengths[:-1]]))
