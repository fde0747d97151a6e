"""Work in a thread of its own: a page watches it, may be left meanwhile, and can stop it."""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

State = TypeVar("State")
# In seconds. A page that draws nothing does not notice that it was left, or that something on it was pressed.
_PATIENCE = 0.25


class Stopped(BaseException):
    """Raised inside work that was stopped. Whoever takes any `Exception` for a failure does not take this for one."""


class Work(Generic[State]):
    """Something that takes long. `do` is given a function that keeps how far it is, and raises `Stopped` after `stop`.

    What comes of it, failures too, `do` itself puts where it belongs.
    """

    def __init__(self, do: Callable[[Callable[[State], None]], None], *, state: State) -> None:
        self._do = do
        self._state = state
        self._moved, self._stopped, self._over = threading.Event(), threading.Event(), threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="ragkit-page-work", daemon=True).start()

    def stop(self) -> None:
        """Let it end where it next tells how far it is."""
        self._stopped.set()

    @property
    def state(self) -> State:
        """How far it is."""
        return self._state

    @property
    def stopping(self) -> bool:
        """Whether it was told to end."""
        return self._stopped.is_set()

    @property
    def over(self) -> bool:
        """Whether it has ended, in whichever way."""
        return self._over.is_set()

    def states(self) -> Iterator[State]:
        """Yield how far it is until it is over: whenever that changes, and else four times a second."""
        while not self.over:
            yield self._state
            self._moved.wait(_PATIENCE)
            self._moved.clear()

    def _run(self) -> None:
        try:
            self._do(self._tell)
        except Stopped:
            pass
        finally:
            self._over.set()
            self._moved.set()

    def _tell(self, state: State) -> None:
        if self._stopped.is_set():
            raise Stopped
        self._state = state
        self._moved.set()
