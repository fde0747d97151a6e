"""Work that is cancelled while it waits: whoever asked may leave while a model reads, thinks or writes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar


class Cancellation:
    """Whether some work is still wanted. `cancel` may be called from any thread, at any time, and again.

    What waits for a model in the work ends with CancelledError, which is no RagkitError: nobody is left to be told.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._interrupts: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Interrupt whatever the work waits for, and let it begin to wait for nothing more."""
        with self._lock:
            self._cancelled.set()
            interrupts = tuple(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Make what this thread does within the block the work."""
        token = _work.set(self)
        try:
            yield
        finally:
            _work.reset(token)

    def check(self) -> None:
        """Raise CancelledError if nobody wants it any more."""
        if self.cancelled:
            raise CancelledError

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than the work is wanted."""
        self._cancelled.wait(seconds)
        self.check()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Have `interrupt` called, by another thread, if the work is cancelled within the block."""
        with self._lock:
            self.check()
            self._interrupts.append(interrupt)
        try:
            yield
        except Exception:
            # What broke, broke because it was interrupted.
            self.check()
            raise
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)
        self.check()


_work: ContextVar[Cancellation] = ContextVar("work")


def work() -> Cancellation:
    """Return the work that this thread does; outside of any, one that nobody cancels."""
    return _work.get(None) or Cancellation()
