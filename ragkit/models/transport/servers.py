"""Several servers as one: a question goes to the first that is free and has the model."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from ragkit.errors import ModelBusy, ModelError, ModelTimeout, ModelUnavailable
from ragkit.models.cancellation import work

_COOLDOWN = 30.0
_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


class Server(Protocol):
    """What is asked of a server to be one of several."""

    @property
    def url(self) -> str:
        """The address, without secrets."""
        ...

    @property
    def before(self) -> int:
        """How many requests of this process a new one would have to wait for."""
        ...


S = TypeVar("S", bound=Server)
T = TypeVar("T")


class Servers(Generic[S]):
    """Servers in the order in which they are preferred; there must be one. May be used from several threads.

    A server that fails before its first piece is left for the next one, and asked last for `cooldown` seconds. In the
    middle of an answer nothing is ever tried again, and after a silence neither: its time is used up. Servers that
    are all busy are asked again, later and later, for `patience` seconds.
    """

    def __init__(
        self,
        servers: Sequence[S],
        *,
        patience: float = 120,
        cooldown: float = _COOLDOWN,
        pause: float = _PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.servers = tuple(servers)
        self._patience = patience
        self._cooldown = cooldown
        self._pause = pause
        self._clock = clock
        self._cold: dict[tuple[str, str], float] = {}

    def first(self, model: str, call: Callable[[S], T]) -> T:
        """Return what the first server answers that can. `model` is whose failures are remembered.

        Raises:
            ModelError: none can.
        """
        return next(answer for _, answer in self.stream(model, lambda server: iter([call(server)])))

    def stream(self, model: str, call: Callable[[S], Iterator[T]]) -> Iterator[tuple[S, T]]:
        """Yield the pieces of the first server that has one, each with the server.

        Raises:
            ModelError: none has, or it failed in the middle.
        """
        end, pause = self._clock() + self._patience, self._pause
        while True:
            failures: list[ModelError] = []
            for server in self._in_order(model):
                begun = self._begun(server, model, call, failures)
                if begun is not None:
                    piece, rest = begun
                    yield server, piece
                    yield from ((server, piece) for piece in rest)
                    return
            wait = _wait(failures, pause)
            if wait is None or self._clock() + wait > end:
                raise _none_of(failures, model)
            work().wait(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _begun(
        self, server: S, model: str, call: Callable[[S], Iterator[T]], failures: list[ModelError]
    ) -> tuple[T, Iterator[T]] | None:
        try:
            pieces = call(server)
            piece = next(pieces)
        except ModelBusy as busy:
            failures.append(busy)
            return None
        except ModelTimeout:
            self._cold[server.url, model] = self._clock() + self._cooldown
            raise
        except ModelError as error:
            self._cold[server.url, model] = self._clock() + self._cooldown
            failures.append(error)
            return None
        self._cold.pop((server.url, model), None)
        return piece, pieces

    def _in_order(self, model: str) -> list[S]:
        now = self._clock()

        def place(server: S) -> tuple[float, int]:
            cold = self._cold.get((server.url, model), 0.0)
            return (cold if cold > now else 0.0), server.before

        return sorted(self.servers, key=place)


def _wait(failures: Sequence[ModelError], pause: float) -> float | None:
    """Return how long to wait for a server that was busy; None if none was."""
    asked = [error.retry_after for error in failures if isinstance(error, ModelBusy) and error.retry_after is not None]
    return min(max(after, pause) for after in asked) if asked else None


def _none_of(failures: Sequence[ModelError], model: str) -> ModelError:
    if len(failures) == 1:
        return failures[0]
    busy = all(isinstance(error, ModelBusy) for error in failures)
    said = f"none of {len(failures)} servers can answer. {'. '.join(dict.fromkeys(map(str, failures)))}"
    return ModelBusy(said, model=model) if busy else ModelUnavailable(said, model=model)
