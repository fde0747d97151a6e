"""Who else can reach what runs on this machine."""

import ipaddress
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ragkit.health.check import WRITE, Check, others_may

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGES = 8501
SERVER = 8502
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENS = "0A"
_LAST_PORT = 65_535

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def open_to(port: int) -> str:
    """Return the address beyond loopback at which something on this machine listens; empty if none is known.

    Only Linux has a table of it that needs no rights to read.
    """
    found = (address for table in _TABLES if table.exists() for address in _listening(table, port))
    return next((str(address) for address in found if not _is_loopback(address)), "")


def _listening(table: Path, port: int) -> Iterator[_Address]:
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, _, at = local.partition(":")
        if state == _LISTENS and int(at, 16) == port:
            # Words of four bytes, each with its lowest byte first.
            words = (bytes.fromhex(address[start : start + 8])[::-1] for start in range(0, len(address), 8))
            yield ipaddress.ip_address(b"".join(words))


def _is_loopback(address: _Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def exposure(name: str, url: str, *, what: str, fix: str, port: int) -> Iterator[Check]:
    """Yield a warning if others can reach a server of this machine, or read what goes to one elsewhere.

    `port` is the one that counts if the address names none; `fix` is how to start it for this machine alone.
    """
    address = urlsplit(url)
    if address.hostname in LOOPBACK:
        at = address.port or port
        if beyond := open_to(at):
            message = f"{what} listens at {beyond} port {at}: the network can reach it, and it has no login"
            yield Check(name=name, level="warning", message=message, fix=fix)
    elif address.scheme != "https":
        message = f"{url!r} is reached over the network without encryption"
        yield Check(name=name, level="warning", message=message, fix="Put TLS in front of it.")


def pages(port: int) -> Iterator[Check]:
    """Yield whether `ragkit ui` finds its port free, and who can reach the pages if they are there."""
    url = f"http://127.0.0.1:{port}"
    if not _is_taken(port):
        yield Check(name="pages", level="ok", message=f"port {port} is free for ragkit ui")
    elif _said(f"{url}/_stcore/health") == "ok":
        fix = "Stop them, and start them without --host and --expose: ragkit ui"
        found = list(exposure("pages", url, what="the web pages' server", fix=fix, port=port))
        yield from found or [Check(name="pages", level="ok", message=f"pages are open at {url}")]
    else:
        message = f"another program has port {port}"
        free = next((at for at in range(port + 1, _LAST_PORT) if not _is_taken(at)), PAGES)
        yield Check(name="pages", level="warning", message=message, fix=f"ragkit ui --port {free}")


def server(port: int, keys: Path) -> Iterator[Check]:
    """Yield who can reach `ragkit serve` if it runs, and whether somebody else can let himself in."""
    url = f"http://127.0.0.1:{port}"
    if others_may(keys, WRITE):
        message = f"other users of this machine can write keys into {str(keys)!r}"
        yield Check(name="server", level="warning", message=message, fix=f"chmod 600 {shlex.quote(str(keys))}")
    if '"server":"ragkit"' not in _said(f"{url}/health"):
        return
    if beyond := open_to(port):
        message = f"ragkit serve listens at {beyond} port {port}: keys and answers cross the network unencrypted"
        fix = "Put TLS in front of it on this machine, and start it without --host: ragkit serve"
        yield Check(name="server", level="warning", message=message, fix=fix)
    else:
        yield Check(name="server", level="ok", message=f"ragkit serve answers at {url}")


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _said(url: str) -> str:
    try:
        return httpx.get(url, timeout=1, trust_env=False).text
    except (httpx.HTTPError, ValueError):
        return ""
