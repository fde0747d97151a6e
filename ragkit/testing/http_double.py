"""An HTTP server on 127.0.0.1 for as long as a block runs: what the doubles of model servers stand on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self


class ManyAtOnce(ThreadingHTTPServer):
    """A server that does not turn away who comes while it is busy with the one before."""

    daemon_threads = True
    request_queue_size = 128


class HttpDouble:
    """Serves while it is entered, with a handler of its own; `path` is what its address ends in."""

    path: ClassVar[str] = ""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._http = ManyAtOnce(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._http.server_port}{self.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
