"""A clock beside a process: whoever takes too long is ended."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread


class Watch:
    """Calls `expire` if a block within `deadline` is not done in time; one thread for all blocks, one after the other.

    A timer for each block would be a new thread for each, which costs more than a short file takes to parse.
    """

    def __init__(self, expire: Callable[[], None]) -> None:
        self._expire = expire
        self._changed = Condition()
        self._thread: Thread | None = None
        self._ends = self._wakes = math.inf
        self._closed = False

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Give the block so many seconds."""
        self._set(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set(math.inf)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _set(self, ends: float) -> None:
        with self._changed:
            self._ends = ends
            if ends == math.inf:
                return
            if self._thread is None:
                self._thread = Thread(target=self._keep, name="ragkit-watch", daemon=True)
                self._thread.start()
            elif ends < self._wakes:
                # Otherwise it wakes early enough by itself: waking it for every file would cost two changes of thread.
                self._changed.notify()

    def _keep(self) -> None:
        with self._changed:
            while not self._closed:
                if time.monotonic() >= self._ends:
                    self._ends = math.inf
                    self._expire()
                self._wakes = self._ends
                left = self._wakes - time.monotonic()
                self._changed.wait(None if left == math.inf else max(0.0, left))
                self._wakes = -math.inf
