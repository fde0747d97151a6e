"""The process that listens: where, and until when."""

import logging
import socket

import uvicorn
from fastapi import FastAPI

from ragkit.errors import ConfigError
from ragkit.health.ports import LOOPBACK

# In seconds, after which a stopped server leaves off waiting for the answers on their way.
_GOODBYE = 10
# In connections, a question or not; beyond them uvicorn refuses by itself.
_MOST = 1000


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        ConfigError: it can't.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        message = f"{host!r} port {port} can't be listened at: {error.strerror}. Take another: ragkit serve --port N"
        raise ConfigError(message, setting="port", value=port) from error


def require_keys(host: str, *, has_keys: bool) -> None:
    """Refuse to open a server to the network that whoever comes may ask.

    Raises:
        ConfigError: the host is not this machine's own, and there are no keys.
    """
    if host not in LOOPBACK and not has_keys:
        message = f"{host!r} opens the server to the network, and it has no keys. Make one: ragkit serve --new-key NAME"
        raise ConfigError(message, setting="host", value=host)


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Answer until the process is told to stop. Requests are in no log."""
    # What it would write of an error may hold what somebody asked; `faults` writes of which kind it is.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=_MOST,
        timeout_graceful_shutdown=_GOODBYE,
    )
    uvicorn.Server(settings).run(sockets=[listener])
