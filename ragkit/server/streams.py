"""The outcome of work for a request: the whole of it at its end, or events while it goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from ragkit.answer import Answer
from ragkit.errors import RagkitError
from ragkit.server.desk import Piece, Work
from ragkit.server.faults import fault_of

COMMENT = ": being written\n\n"
"""Nothing to a reader of events, and a sign of life to the proxies between, which cut a silent line."""
# Without the second one nginx keeps a stream until it is whole.
_UNKEPT = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def event(data: object, *, name: str = "") -> str:
    """Return a server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n"


def events(told: AsyncIterator[str] | Iterable[str]) -> StreamingResponse:
    """Return the response that sends events as they come."""
    return StreamingResponse(told, media_type="text/event-stream", headers=_UNKEPT)


async def outcome(work: Work[Piece], request: Request) -> Piece:
    """Return the last piece of some work.

    Raises:
        ClientDisconnect: nobody waits for it any more; the work is stopped.
    """
    last, gone = asyncio.ensure_future(_last(work)), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({last, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not last.done():
            raise ClientDisconnect
        return last.result()
    finally:
        last.cancel()
        gone.cancel()


async def _last(work: Work[Piece]) -> Piece:
    found: list[Piece] = []
    async with aclosing(work.pieces()) as coming:
        async for piece in coming:
            found = [piece] if piece is not None else found
    return found[0]


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def told(
    work: Work[str | Answer], *, draft: Callable[[str], str], answer: Callable[[Answer], str], failed: str = ""
) -> AsyncIterator[str]:
    """Yield the events of an answer on its way; an error is one, too, called `failed`."""
    try:
        async with aclosing(work.pieces()) as coming:
            async for piece in coming:
                if isinstance(piece, Answer):
                    yield answer(piece)
                else:
                    yield draft(piece) if piece else COMMENT
    except RagkitError as error:
        yield event(fault_of(error).to_dict(), name=failed)
