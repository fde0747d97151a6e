"""The common words of a catalog, read in a thread of its own while nobody waits for them."""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing

import numpy as np

from ragkit.store.catalog.lexical import COMMON
from ragkit.store.memory.postings import COLUMNS, Extent, Places, Postings, in_memory
from ragkit.store.memory.slots import Chunks

NAME = "ragkit-words"
# Of the 10 ms that the median question takes, 1 is saved with 10,000 chunks, and nothing with 5,000.
FEWEST = 8_000
# Seconds that a process with a single question is given to end.
PAUSE = 0.3
# Seconds after a question in which others are likely to follow, and how long the thread rests for each step of its own.
_BUSY, _NAP = 0.1, 0.03
# So many chunks, drawn at random, tell which words are common. One that 500 chunks have is read in 0.1 ms.
_SAMPLE, _HAVING = 1_000, 500
# Instructions of SQLite's machine, about 1 ms: a step, after which the thread looks whether it shall rest or end.
_STEPS = 30_000

_log = logging.getLogger(__name__)

# Returns False if no more is wanted.
TakeIn = Callable[[Extent, tuple[str, ...], Postings], bool]


class Warming:
    """Reads the common words of one extent after another, the commonest first; one thread at most.

    Each word is read in a transaction of its own, so that nobody waits for a long one to end. The thread ends by itself
    with the main thread: a process that closes nothing is not kept.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], take_in: TakeIn) -> None:
        self._connect = connect
        self._take_in = take_in
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._extent: Extent | None = None
        self._asked = 0.0

    def begin(self, extent: Extent, chunks: Chunks) -> None:
        """Read the words of an extent, unless that was begun before; at every question, from one thread at a time."""
        self._asked = time.monotonic()
        if extent is self._extent or chunks.total < FEWEST or self._ends():
            return
        # One that is still alive is about to find out that its extent is no more; the next search begins anew.
        if not (self._thread and self._thread.is_alive()):
            self._extent = extent
            thread = threading.Thread(target=self._run, args=(extent, chunks), name=NAME)
            thread.start()
            # Not sooner: `close` may not join what has not started.
            self._thread = thread

    def close(self) -> None:
        """End the thread, and begin no other. The caller holds nothing that `take_in` waits for."""
        self._closed.set()
        if self._thread:
            self._thread.join()

    def _run(self, extent: Extent, chunks: Chunks) -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + PAUSE:
            if self._ends():
                return
            self._closed.wait(_NAP)
        try:
            with closing(self._connect()) as connection:
                connection.set_progress_handler(self._gives_way, _STEPS)
                self._read(connection, extent, chunks)
        except (sqlite3.DatabaseError, MemoryError) as error:
            # Interrupted, or the next search finds out what is wrong.
            _log.info("the common words were not all read ahead (%s)", type(error).__name__)

    def _read(self, connection: sqlite3.Connection, extent: Extent, chunks: Chunks) -> None:
        places = Places(connection)
        for term in common(connection, chunks):
            found = extent.read(places, (term,), chunks).level(chunks)
            if self._gives_way() or not self._take_in(extent, (term,), found):
                return

    def _gives_way(self) -> bool:
        """Rest while questions come; return whether to end."""
        if time.monotonic() < self._asked + _BUSY:
            self._closed.wait(_NAP)
        return self._ends()

    def _ends(self) -> bool:
        return self._closed.is_set() or not threading.main_thread().is_alive()


def common(connection: sqlite3.Connection, chunks: Chunks) -> list[str]:
    """Return the words that many chunks have, as FTS5 has them, the commonest first, without those nobody asks for."""
    rows = chunks.rows[chunks.alive]
    rows = np.random.default_rng(0).choice(rows, min(_SAMPLE, len(rows)), replace=False)
    least = max(2.0, _HAVING / chunks.total * len(rows))
    texts = connection.execute(
        f"SELECT {COLUMNS} FROM searchable WHERE row IN (SELECT value FROM json_each(?))", (json.dumps(rows.tolist()),)
    )
    with closing(in_memory()) as sample:
        sample.execute("CREATE VIRTUAL TABLE temp.stems USING fts5vocab(main, words, row)")
        sample.execute("INSERT INTO words (text) VALUES (?)", (" ".join(COMMON),))
        telling_nothing = {term for (term,) in sample.execute("SELECT term FROM temp.stems")}
        sample.execute("BEGIN")
        sample.executemany(f"INSERT INTO words ({COLUMNS}) VALUES (?, ?, ?, ?)", texts)
        found = sample.execute("SELECT term FROM temp.stems WHERE doc >= ? ORDER BY doc DESC, term", (least,))
        return [term for (term,) in found if term not in telling_nothing]
