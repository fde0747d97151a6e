"""A web site on loopback, and a honeypot that counts who comes."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    """What the site says at one path. `stream` yields further bytes after the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    stream: Callable[[], Iterator[bytes]] | None = None


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": to})


def zipped(body: bytes) -> Answer:
    return Answer(gzip.compress(body), headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})


class Site:
    """Answers from `pages`; change them to play a changing site. `asked` lists "METHOD path" in order."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []


class _Server(ThreadingHTTPServer):
    site: Site


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        site = self.server.site
        site.asked.append(f"{self.command} {self.path}")
        site.headers.append(dict(self.headers.items()))
        answer = site.pages.get(self.path, Answer(status=404))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.stream:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(answer.body)
            self._stream(answer)

    do_HEAD = do_GET

    def _stream(self, answer: Answer) -> None:
        try:
            for part in answer.stream() if answer.stream else ():
                self.wfile.write(part)
        except OSError:
            # The client had enough.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Site]:
    """Run a site until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = Site(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Honeypot:
    """Listens on loopback, IPv4 and, where there is one, IPv6, on one port. `visits` holds the first bytes of each."""

    def __init__(self) -> None:
        self.visits: list[bytes] = []
        self._listeners = [socket.create_server(("127.0.0.1", 0))]
        self.port = self._listeners[0].getsockname()[1]
        if socket.has_dualstack_ipv6():
            self._listeners.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._accept, args=(one,), daemon=True) for one in self._listeners]
        for thread in self._threads:
            thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                visitor, _ = listener.accept()
            except OSError:
                return
            with visitor:
                visitor.settimeout(1)
                self.visits.append(visitor.recv(4096))

    def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def dripping(pause: float) -> Iterator[int]:
    """Give the port of a server whose headers come letter by letter and never end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            visitor, _ = listener.accept()
            with visitor, suppress(OSError):
                visitor.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                for _ in range(200):
                    visitor.sendall(b"x")
                    time.sleep(pause)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)
