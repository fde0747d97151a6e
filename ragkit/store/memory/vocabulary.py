"""The words that a catalog's chunks are written in, as they stand there, for those that a question misspells."""

import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ragkit.store.memory.state import MOST_CHUNKS, count_chunks

# Below four letters everything is near to everything; nobody misspells what is longer than the longest of these.
_SHORTEST, _LONGEST = 4, 40
# Stems that are looked up: of the first in 150 chunks, of each next one in fewer, which are 3,000 of all together.
_STEMS, _READ, _AHEAD = 64, 1_500, 10
# So many times as many chunks are asked for if only some are admitted.
_WIDER = 10
# What Porter's stemmer leaves of a word behind its stem: of 17,000 English words 98 in 100 have one of these endings.
_WRITTEN = """
    s e ed es ing ings ic ics ical ically al als ally ation ations ion ions ional ioned ate ates ated ately ating
    ator ators ational er ers ered ering ive ives ively ivity iveness able ably ability ible ibly ibility ity ities
    y ies ly ent ents ently ence ences ency ant ants ance ances ancy ous ously eous d ng ize izes ized izing ization
    izations izer ative atively ication ications icity ment ments ement ements ness nesses ful fully ism itis ality
    alize alized alization or ors l ling led lity ting ted ning ned ring red ping ped ding ded ming med
"""
_ENDINGS = ["", *_WRITTEN.split()]
_HAVING = "SELECT DISTINCT doc FROM temp.places WHERE term = ? LIMIT ?"
# Returns those of some rows that a search may find.
Admitted = Callable[[Sequence[int]], Sequence[int]]
_TABLES = """
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab(main, words, row);
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab(main, words, instance);
"""


class Vocabulary:
    """The words of one catalog. Safe to use from several threads.

    FTS5 knows their stems, in their order: the likely ones are found there, and only chunks that have one are read.
    The stems of an initial are kept until there are new chunks. One may be gone by then: ask the catalog.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._upto: tuple[int | None, str] | None = None
        self._serves = True
        self._stems: dict[str, list[str]] = {}

    def near(
        self, connection: sqlite3.Connection, word: str, *, distance: int, admitted: Admitted | None = None
    ) -> list[tuple[str, int]]:
        """Return the words that so many slips of the pen make of this one, the nearest first, with their number.

        A slip is a letter too many, too few, wrong, or swapped with the next. The words begin with one of the first two
        letters. None in a catalog too large for memory. Of a stem with very many chunks not all forms may be seen.
        Only chunks that are `admitted` are read; all, if it is None.
        """
        for statement in _TABLES.split(";")[:-1]:
            connection.execute(statement)
        plain = _plain(word)
        with self._lock:
            self._follow(connection)
            if not self._serves:
                return []
            stems = [stem for initial in sorted(set(plain[:2])) for stem in self._begun(connection, initial)]
        words = _words("\n".join(_texts(connection, _likely(stems, plain, distance), admitted)))
        found = process.extract(word, words, scorer=OSA.distance, score_cutoff=distance, limit=None)
        return [(near, int(slips)) for near, slips, _ in found]

    def _follow(self, connection: sqlite3.Connection) -> None:
        """Forget what is known if there are new chunks. To count them takes as long as to find a word."""
        # Another store that was put in the place of this one may end with the same row.
        upto = connection.execute(
            "SELECT max(row), (SELECT value FROM meta WHERE key = 'collection') FROM chunks"
        ).fetchone()
        if upto != self._upto:
            self._stems.clear()
            self._upto, self._serves = upto, count_chunks(connection) <= MOST_CHUNKS

    def _begun(self, connection: sqlite3.Connection, initial: str) -> list[str]:
        if initial not in self._stems:
            found = connection.execute(
                "SELECT term FROM temp.stems WHERE term >= ? AND term < ?", (initial, chr(ord(initial) + 1))
            )
            self._stems[initial] = [stem for (stem,) in found]
        return self._stems[initial]


def _likely(stems: list[str], word: str, distance: int) -> list[str]:
    """Return the stems that a word so near may have, the likeliest first.

    A word is its stem and an ending, but for a letter that the stemmer may have changed where they meet.
    """
    stems = [stem for stem in stems if len(stem) <= len(word) + distance]
    if not stems:
        return []
    places = range(1, len(word) + 1)
    slips = _slips([word[:place] for place in places], stems, distance)
    slips += _slips([word[place:] for place in places], _ENDINGS, distance).min(axis=1, keepdims=True)
    least = slips.min(axis=0)
    order = np.argsort(least, kind="stable")
    return [stems[place] for place in order[least[order] <= distance + 1][:_STEMS]]


def _slips(parts: list[str], words: list[str], distance: int) -> npt.NDArray[np.uint8]:
    return process.cdist(parts, words, scorer=OSA.distance, score_cutoff=distance + 1, dtype=np.uint8)


def _texts(connection: sqlite3.Connection, stems: list[str], admitted: Admitted | None) -> Iterator[str]:
    rows: set[int] = set()
    for place, stem in enumerate(stems):
        # A likely stem may have many forms, and most of the others have none that is near.
        most = _READ // (place + _AHEAD)
        having = connection.execute(_HAVING, (stem, most * _WIDER if admitted else most))
        likely = [row for (row,) in having]
        rows.update((admitted(likely) if admitted else likely)[:most])
    for row in sorted(rows):
        found = connection.execute(
            "SELECT title || ' ' || heading || ' ' || parts || ' ' || text FROM searchable WHERE row = ?", (row,)
        )
        yield from (text for (text,) in found)


def _plain(word: str) -> str:
    """Return the word in small letters without accents, as FTS5 has it."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    # Splitting takes a third of the time of a regular expression.
    stripped = {word.strip(".,;:!?()[]{}<>\"'*_`|/\\#-…“”„‘’") for word in set(text.lower().split())}  # noqa: RUF001
    parts = {part for word in stripped for part in ([word] if word.isalpha() else word.replace("/", "-").split("-"))}
    return sorted(part for part in parts if part.isalpha() and _SHORTEST <= len(part) <= _LONGEST)
