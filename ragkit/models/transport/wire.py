"""JSON over HTTP with a model server: bounded in time and size, nothing tried twice, every fault typed."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpx

from ragkit.models.cancellation import work
from ragkit.models.transport.faults import Asked, Faults
from ragkit.models.transport.waiting_line import LineFull, WaitingLine

Record = dict[str, Any]  # Any: a JSON object as the server sent it

_JSON = {"content-type": "application/json"}
_LONGEST = 64 << 20  # bytes of one line
# What a header may take beyond the longest silence, which httpx measures from byte to byte.
_GRACE = 0.5  # seconds


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a server is given: `timeout` is the longest silence and `deadline` the longest answer, in seconds."""

    timeout: float
    deadline: float
    line: WaitingLine | None = None


class Wire:
    """The way to one server."""

    def __init__(
        self,
        address: httpx.URL,
        *,
        faults: Faults,
        bounds: Bounds,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = shown(address)
        self.timeout = bounds.timeout
        self.deadline = bounds.deadline
        self._faults = faults
        self._line = bounds.line
        self._client = httpx.Client(
            base_url=address,
            timeout=httpx.Timeout(bounds.timeout, connect=min(bounds.timeout, 5)),
            headers=headers,
            # A proxy of the environment has no way to this machine's own server.
            trust_env=not _on_this_machine(address.host),
            # A connection that is kept may be dead at its next use, and nothing is tried twice here.
            limits=httpx.Limits(max_keepalive_connections=0),
            transport=transport,
        )

    @property
    def before(self) -> int:
        """How many questions of this process a new one would have to wait for."""
        return self._line.before if self._line else 0

    @contextmanager
    def place(self, asked: Asked) -> Iterator[None]:
        """Hold a place in the line of those who ask this server, if there is a line. The wait is at most `timeout`."""
        if self._line is None:
            yield
            return
        try:
            with self._line.place(patience=self.timeout):
                yield
        except LineFull as full:
            raise self._faults.crowded(asked, full.waited) from full

    def once(self, method: str, path: str, body: Record | None, asked: Asked) -> Record:
        """Return the one record that the server answers."""
        with self._answer(method, path, body, asked) as response:
            return self.record(b"".join(self._timely(response, asked, self.deadline)), asked)

    def lines(self, path: str, body: Record, asked: Asked, *, deadline: float | None = None) -> Iterator[bytes]:
        """Yield the lines of an answer as they come, but for empty ones."""
        with self._answer("POST", path, body, asked) as response:
            pieces = self._timely(response, asked, self.deadline if deadline is None else deadline)
            yield from filter(bytes.strip, _lines(pieces))

    def record(self, line: bytes, asked: Asked) -> Record:
        """Read a JSON object."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise self._faults.garbled(asked, "something that is not JSON in UTF-8") from exc
        if not isinstance(record, dict):
            raise self._faults.garbled(asked, "JSON of another form than it should have")
        return record

    def close(self) -> None:
        """Release what the client holds; it can't be used afterwards."""
        self._client.close()

    @contextmanager
    def _answer(self, method: str, path: str, body: Record | None, asked: Asked) -> Iterator[httpx.Response]:
        head = _Head(self.timeout + _GRACE)
        traced = {"trace": head.trace}
        try:
            with (
                work().interruptible(head.cut),
                self._client.stream(method, path, content=_written(body), headers=_JSON, extensions=traced) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    said = _said(b"".join(self._timely(response, asked, self.timeout)))
                    raise self._faults.refused(response.status_code, said, asked, _after(response))
                if "html" in response.headers.get("content-type", ""):
                    raise self._faults.foreign(asked)
                yield response
        except httpx.HTTPError as exc:
            if head.overdue:
                raise self._faults.overdue(asked, self.timeout) from exc
            raise self._faults.broken(exc, asked, self.timeout) from exc

    def _timely(self, response: httpx.Response, asked: Asked, seconds: float) -> Iterator[bytes]:
        """Yield the body. A server that drips is never silent, so the whole waiting is timed, and lines measured.

        The time that the caller takes between two pieces doesn't count.
        """
        pieces, waited, line = response.iter_bytes(), 0.0, 0
        while True:
            start = time.monotonic()
            piece = next(pieces, None)
            waited += time.monotonic() - start
            if piece is None:
                return
            if waited > seconds:
                raise self._faults.overdue(asked, seconds)
            newline = piece.rfind(b"\n")
            line = line + len(piece) if newline < 0 else len(piece) - newline
            if line > _LONGEST:
                raise self._faults.garbled(asked, "a line without end")
            yield piece


class _Head:
    """Cuts a connection whose header is not whole after some seconds: one that drips is never silent.

    Or that nobody waits for any more.
    """

    def __init__(self, seconds: float) -> None:
        self.overdue = False
        self._cut = False
        self._seconds = seconds
        self._stream: Any = None  # Any: httpcore's, which httpx does not name
        self._timer: threading.Timer | None = None

    def trace(self, event: str, told: Mapping[str, Any]) -> None:  # Any: as httpcore tells it
        """Take note of what the connection does."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = told["return_value"]
            if self._cut:
                self.cut()
        elif event.endswith("receive_response_headers.started"):
            self._timer = threading.Timer(self._seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()
        elif self._timer and "receive_response_headers" in event:
            self._timer.cancel()

    def cut(self) -> None:
        """Cut the connection, or the one that is being made; whoever waits for it is woken."""
        self._cut = True
        with suppress(OSError):
            if self._stream:
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _expire(self) -> None:
        self.overdue = True
        self.cut()


def _on_this_machine(host: str) -> bool:
    bare = host.rstrip(".")
    try:
        address = ip_address(bare)
    except ValueError:
        return bare == "localhost" or bare.endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def shown(url: httpx.URL) -> str:
    """Return the address without what may be secret in it."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _written(body: Record | None) -> bytes | None:
    # Escaped, so that half a surrogate pair, as a broken PDF leaves it, can be sent at all.
    return None if body is None else json.dumps(body).encode("ascii")


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        held.append(first)
        for start in rest:
            yield b"".join(held)
            held = [start]
    yield b"".join(held)


def _said(body: bytes) -> str | None:
    """Return the server's words of an error, or None if they are in no form that is known."""
    try:
        record = json.loads(body)
        error = record["error"] if "error" in record else record["message"]
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, RecursionError, KeyError, TypeError):
        return None


def _after(response: httpx.Response) -> float:
    """Return the seconds of Retry-After; 0 without it, and for a date."""
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else 0.0
