"""What the clients of all kinds of model servers have in common: an address, bounds, and a place in the line."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import ClassVar

import httpx

from ragkit.errors import ModelTimeout
from ragkit.models.transport.faults import Faults
from ragkit.models.transport.waiting_line import WaitingLine
from ragkit.models.transport.wire import Bounds, Wire, shown

# A server tells what it has at once, if at all; a page waits for it. In seconds.
_LOOK, _HASTE = 5.0, 2.0


class ModelServer(ABC):
    """One server, by default that of this machine.

    `timeout` is the longest silence and `deadline` the longest wait for an answer, in seconds.
    Nothing is tried twice and no redirect is followed. `key` is sent to this address alone. May be used from several
    threads; with a `line` chats wait in it, at most `timeout`.
    """

    faults: ClassVar[Faults]

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str = "",
        timeout: float = 120,
        deadline: float = 600,
        line: WaitingLine | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._address = self._address_of(self.faults.example if url is None else url)
        self.url = shown(self._address)
        self.timeout = timeout
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._made = partial(Wire, self._address, faults=self.faults, headers=headers, transport=transport)
        self._wire = self._made(bounds=Bounds(timeout=timeout, deadline=deadline, line=line))
        self._hasty: Wire | None = None

    @property
    def before(self) -> int:
        """How many questions of this process a new one would have to wait for."""
        return self._wire.before

    @abstractmethod
    def digest(self, name: str) -> str:
        """Return what tells a model's weights from others under its name; empty if the server tells nothing."""

    def close(self) -> None:
        """Release what the client holds; it can't be used afterwards."""
        for wire in filter(None, (self._wire, self._hasty)):
            wire.close()

    @contextmanager
    def _looking(self) -> Iterator[Wire]:
        """Give the way for what a server says of itself and of its models, however long its answers may take."""
        short = min(self.timeout, _LOOK)
        with closing(self._made(bounds=Bounds(timeout=short, deadline=short))) as made:
            try:
                yield made
            except ModelTimeout as error:
                raise self.faults.mute(self.url, short, error.model) from error

    def _in_haste(self) -> Wire:
        """Return the way for what no answer waits for: it gives up after seconds."""
        if self._hasty is None:
            short = min(self.timeout, _HASTE)
            self._hasty = self._made(bounds=Bounds(timeout=short, deadline=short))
        return self._hasty

    def _address_of(self, url: str) -> httpx.URL:
        """Return the address that is called where this one was written. ConfigError if it is none."""
        return self.faults.address(url)
