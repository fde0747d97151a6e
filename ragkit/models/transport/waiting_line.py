"""Who may ask a server now, and who waits: a server that does one thing at a time is not given a heap of them."""

import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from ragkit.models.cancellation import work

_WAITING = 16


class LineFull(Exception):
    """Too many wait already, or the wait was too long. `waited` is in seconds, 0 for the former."""

    def __init__(self, waited: float) -> None:
        super().__init__(waited)
        self.waited = waited


class WaitingLine:
    """Lets `most` in at once and `waiting` more stand in line, first come, first served. For threads."""

    def __init__(self, *, most: int = 1, waiting: int = _WAITING) -> None:
        self.most = most
        self._room = most + waiting
        self._tickets: deque[object] = deque()
        # The lock is one that may be taken again: a stream that is let go may end in any thread, at any moment.
        self._changed = threading.Condition(threading.RLock())

    @property
    def before(self) -> int:
        """How many a newcomer would have to wait for."""
        return max(0, len(self._tickets) + 1 - self.most)

    @contextmanager
    def place(self, *, patience: float) -> Iterator[None]:
        """Wait for a place and hold it; `patience` is in seconds.

        Raises:
            LineFull: there is none.
        """
        ticket = object()
        with self._changed:
            if len(self._tickets) >= self._room:
                raise LineFull(0)
            self._tickets.append(ticket)
        try:
            asked = work()
            with asked.interruptible(self._wake), self._changed:
                if not self._changed.wait_for(
                    lambda: asked.cancelled or ticket in islice(self._tickets, self.most), patience
                ):
                    raise LineFull(patience)
            yield
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


_lines: weakref.WeakValueDictionary[tuple[str, int], WaitingLine] = weakref.WeakValueDictionary()
_making = threading.Lock()


def line_for(url: str, *, most: int) -> WaitingLine:
    """Return the line of a server, the same for all of this process that ask it."""
    with _making:
        line = _lines.get((url, most))
        if line is None:
            line = _lines[url, most] = WaitingLine(most=most)
        return line
