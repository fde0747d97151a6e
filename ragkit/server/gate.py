"""What every request passes before anything is done for it: where it comes from, whose key it has, how long it is."""

import asyncio
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragkit.documents import Viewer
from ragkit.health.ports import LOOPBACK
from ragkit.server.callers import Caller, Keys, Rates
from ragkit.server.faults import Fault

HEALTH = "/health"
MOST_BYTES = 1_000_000
# In seconds: a body that drips in holds memory meanwhile.
_PATIENCE = 30
# What a proxy adds, and no program on this machine does.
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True)
class Gate:
    """Lets a request through to the `app` with its `caller`. Without `keys` only programs of this machine may ask.

    Whoever asks without keys is the owner, so no page of another site may: neither by a name of its own that leads
    here, nor by a form that it sends here.
    """

    app: ASGIApp
    keys: Keys | None
    rates: Rates = field(default_factory=Rates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that may not pass with its fault."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            caller = self._caller(scope, Headers(scope=scope))
            if scope["method"] == "POST":
                self.rates.count(caller)
            body = await _body(receive, Headers(scope=scope))
        except Fault as fault:
            await fault.response()(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, _again(body, receive), send)

    def _caller(self, scope: Scope, headers: Headers) -> Caller:
        if self.keys is None:
            _refuse_strangers(scope, headers)
            return Caller(name="local", viewer=Viewer.local())
        if scope["path"] == HEALTH:
            return Caller(name="nobody", viewer=Viewer())
        kind, _, key = headers.get("authorization", "").partition(" ")
        caller = self.keys.caller(key.strip()) if kind.lower() == "bearer" else None
        if caller is None:
            message = "This needs a key: send it as 'Authorization: Bearer KEY'. This one is missing or not known."
            raise Fault(401, "invalid_api_key", message)
        return caller


def _refuse_strangers(scope: Scope, headers: Headers) -> None:
    client = scope.get("client")
    origin = headers.get("origin")
    is_ours = (
        (client is None or _is_loopback(client[0]))
        and _named(f"//{headers.get('host', '')}") in LOOPBACK
        and (origin is None or _named(origin) in LOOPBACK)
        and not any(name in headers for name in _FORWARDED)
        # nginx adds nothing by itself, but it has spoken this to servers for most of its life.
        and scope.get("http_version") != "1.0"
    )
    if not is_ours:
        message = "Without keys only programs on its own machine may ask this server. Make one: ragkit serve --new-key"
        raise Fault(403, "not_local", message)


def _named(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def _body(receive: Receive, headers: Headers) -> bytes:
    """Return the body of a request, read before anything is done for it."""
    told, body = headers.get("content-length", ""), bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            more = not told.isdecimal() or int(told) <= MOST_BYTES
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False) and len(body) <= MOST_BYTES
    except TimeoutError as error:
        raise Fault(408, "too_slow", f"The request took longer than {_PATIENCE} seconds to come.") from error
    if len(body) > MOST_BYTES or (told.isdecimal() and int(told) > MOST_BYTES):
        raise Fault(413, "too_large", f"A request has at most {MOST_BYTES} bytes. Leave out the oldest messages.")
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
