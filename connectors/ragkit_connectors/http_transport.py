"""A transport for httpx that connects to checked addresses only, and stops at a deadline."""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import httpcore
import httpx


class PinnedTransport(httpx.BaseTransport):
    """Connects to the addresses in `request.extensions["addresses"]` and nowhere else, until `"deadline"`.

    The host of the URL goes into the Host header and the certificate check, and is never resolved.
    """

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request over its own connection."""
        if request.url.scheme == "https" and self._context is None:
            self._context = httpx.create_ssl_context(trust_env=False)
        backend = _PinnedBackend(request.extensions["addresses"], request.extensions["deadline"])
        pool = httpcore.ConnectionPool(ssl_context=self._context, network_backend=backend)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        try:
            with _as_httpx_errors():
                response = pool.handle_request(httpcore.Request(request.method, url, headers=request.headers.raw))
        except BaseException:
            pool.close()
            raise
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response, pool))


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._response = response
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        with suppress(httpcore.NetworkError):
            self._response.close()
        self._pool.close()


class _PinnedBackend(httpcore.NetworkBackend):
    def __init__(self, addresses: tuple[str, ...], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del host, timeout, local_address
        failure: Exception = httpcore.ConnectError("no address")
        for tried, address in enumerate(self._addresses):
            # A dead first address (IPv6 on a network without it) must leave time for the others.
            share = _left(self._deadline, httpcore.ConnectTimeout) / (len(self._addresses) - tried)
            try:
                stream = self._system.connect_tcp(address, port, timeout=share, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends at the deadline, so that drops of data don't prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float, late: type[httpcore.TimeoutException]) -> float:
    if (left := deadline - time.monotonic()) <= 0:
        raise late
    return left


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(type(error).__name__) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.TransportError(type(error).__name__) from error
