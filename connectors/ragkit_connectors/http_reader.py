"""Asking the web within limits: every hop is checked, every body capped, every request ends in time."""

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

from ragkit.errors import ConnectorError, ResourceRejected, ResourceUnavailable
from ragkit_connectors.http_guard import HttpGuard, Target, shown
from ragkit_connectors.http_transport import PinnedTransport

MAX_HOPS = 5
OK = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer at the end of the redirects. `body` is unpacked, and empty unless the status is 200."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes = b""


def _pass(url: str) -> None:
    del url


class HttpReader:
    """Reads URLs that the guard lets through, one connection a request, `delay` seconds apart.

    `timeout` is the most that one call takes, redirects and body together; waiting for its turn and the system's
    own search for a name are not counted. Nothing of the environment is used: no proxies, cookies or credentials.
    """

    def __init__(
        self,
        guard: HttpGuard,
        *,
        agent: str,
        timeout: float = 20,
        delay: float = 0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.delay = delay
        self._guard = guard
        self._headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
        self._timeout = timeout
        self._transport = transport or PinnedTransport()
        self._next = 0.0

    def head(self, url: str, *, allow: Callable[[str], None] = _pass) -> Reply:
        """Return the headers of a URL; for the rest as `get`."""
        return self._follow("HEAD", url, 0, allow)

    def get(self, url: str, *, max_bytes: int, allow: Callable[[str], None] = _pass) -> Reply:
        """Return the answer whatever its status, after at most five redirects. `allow` may refuse each URL by raising.

        Raises:
            ResourceRejected: a hop is not allowed, there are too many, or the body is too large or can't be unpacked.
            ResourceUnavailable: no complete answer came in time.
        """
        return self._follow("GET", url, max_bytes, allow)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _follow(self, method: str, url: str, cap: int, allow: Callable[[str], None]) -> Reply:
        left = self._timeout
        here = url
        for _ in range(MAX_HOPS + 1):
            target = self._guard.check(here)
            allow(here)
            self._pace()
            started = time.monotonic()
            reply = self._ask(method, target, cap, started + left)
            left -= time.monotonic() - started
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return reply
            here = _join(target.url, reply.headers["location"])
        raise ResourceRejected(f"{shown(url)} redirects more than {MAX_HOPS} times.", uri=url)

    def _ask(self, method: str, target: Target, cap: int, deadline: float) -> Reply:
        text = str(target.url)
        extensions = {"addresses": target.addresses, "deadline": deadline}
        request = httpx.Request(method, target.url, headers=self._headers, extensions=extensions)
        try:
            response = self._transport.handle_request(request)
            try:
                wanted = method == "GET" and response.status_code == OK
                body = _read(response, cap, deadline) if wanted else b""
            finally:
                response.close()
        except Unreadable as error:
            raise ResourceRejected(f"{shown(text)} {error}.", uri=text) from error
        except (httpx.HTTPError, OSError) as error:
            # The error's own text may hold what a server or proxy sent: the class is enough.
            message = f"{shown(text)} did not answer completely ({type(error).__name__}). Try again later."
            raise ResourceUnavailable(message, uri=text) from error
        return Reply(url=text, status=response.status_code, headers=response.headers, body=body)

    def _pace(self) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self.delay


def status_error(reply: Reply, url: str) -> ConnectorError:
    """Return the error for an answer that is not 200, by whether asking again may help."""
    message = f"{shown(url)} answered with status {reply.status}"
    if reply.status in _LATER or reply.status >= 500:  # noqa: PLR2004 - the server's own faults
        return ResourceUnavailable(f"{message}. Try again later.", uri=url)
    return ResourceRejected(f"{message}. Check the address and whether it may be read without a login.", uri=url)


class Unreadable(Exception):
    """A body over its cap, or one that can't be unpacked within it; the text goes on after its URL."""


class Inflater:
    """Unpacks gzip (also several members after one another) up to `cap` bytes in all."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._left = cap
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> bytes:
        """Return what the next packed bytes unpack to."""
        unpacked = bytearray()
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            # One byte over the cap tells a full body from a bomb.
            unpacked += self._unpack(data, self._left + 1 - len(unpacked))
            if len(unpacked) > self._left:
                raise Unreadable(f"unpacks to more than {self._cap:,} bytes. Raise max_bytes if you trust it")
            data = self._member.unused_data
        self._left -= len(unpacked)
        return bytes(unpacked)

    def finish(self) -> None:
        """Check that nothing is missing at the end."""
        if not self._member.eof:
            raise httpx.ReadError("the packed body breaks off")

    def _unpack(self, data: bytes, most: int) -> bytes:
        try:
            return self._member.decompress(data, most)
        except zlib.error as error:
            raise Unreadable("can't be unpacked: it is not gzip") from error


def _read(response: httpx.Response, cap: int, deadline: float) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Unreadable(f"is packed as {encoding[:40]!r}, which was not asked for")
    inflater = Inflater(cap) if "gzip" in encoding else None
    body = bytearray()
    raw = 0
    for part in _parts(response):
        raw += len(part)
        if raw > cap:
            raise Unreadable(f"has more than {cap:,} bytes. Raise max_bytes if you trust it")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the body takes too long")
        body += inflater.feed(part) if inflater else part
    if inflater and raw:
        inflater.finish()
    return bytes(body)


def _parts(response: httpx.Response) -> Iterable[bytes]:
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise httpx.StreamError("the transport is not synchronous")
    return response.stream


def _join(base: httpx.URL, location: str) -> str:
    try:
        if "\\" not in location:
            return str(base.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise ResourceRejected(f"{shown(str(base))} redirects to what is not a URL.", uri=str(base)) from error
    raise ResourceRejected(f"{shown(str(base))} redirects to a URL with a backslash.", uri=str(base))
