"""Work that threads do for requests: so many at a time, and none for whoever has gone."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Generic, TypeVar

from ragkit.models.cancellation import Cancellation
from ragkit.server.faults import Fault

Piece = TypeVar("Piece")
# In seconds: so often is told that nothing has come yet, for proxies cut a silent line.
_SILENCE = 2.0
_BUSY = 2.0


class Desk:
    """Takes `most` pieces of work at a time, and refuses the next."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="ragkit-serve")
        self._going: set[Cancellation] = set()

    def start(self, pieces: Generator[Piece]) -> "Work[Piece]":
        """Have a thread take one piece after another, from the event loop that listens to them.

        Raises:
            Fault: all places are taken.
        """
        if not self._free:
            raise Fault(503, "too_busy", "Too many questions at once. Ask again in a moment.", retry_after=_BUSY)
        self._free -= 1
        work = Work(pieces)
        self._going.add(work.cancellation)
        done = asyncio.get_running_loop().run_in_executor(self._threads, work.run)
        done.add_done_callback(lambda _: self._over(work.cancellation))
        done.add_done_callback(work.end)
        return work

    def close(self) -> None:
        """Stop what is being done, and begin nothing any more."""
        for going in self._going:
            going.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _over(self, cancellation: Cancellation) -> None:
        self._free += 1
        self._going.discard(cancellation)


class Work(Generic[Piece]):
    """What comes of a generator in a thread. Whoever leaves off listening ends it, whatever it waits for."""

    def __init__(self, pieces: Generator[Piece]) -> None:
        self.cancellation = Cancellation()
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self._come: asyncio.Queue[Piece | asyncio.Future[None]] = asyncio.Queue()

    def run(self) -> None:
        """Take the pieces, in the thread."""
        with suppress(CancelledError), self.cancellation.running(), closing(self._pieces) as pieces:
            for piece in pieces:
                self.cancellation.check()
                self._loop.call_soon_threadsafe(self._come.put_nowait, piece)

    def end(self, done: "asyncio.Future[None]") -> None:
        """Say that nothing comes any more."""
        if not done.cancelled():
            # Looked at, or asyncio would write it into the log if nobody listens any more.
            done.exception()
        self._come.put_nowait(done)

    async def pieces(self) -> AsyncGenerator[Piece | None]:
        """Yield the pieces, and None whenever none has come for a while. What the generator raises comes from here."""
        try:
            while True:
                try:
                    piece = await asyncio.wait_for(self._come.get(), _SILENCE)
                except TimeoutError:
                    yield None
                    continue
                if isinstance(piece, asyncio.Future):
                    await piece
                    return
                yield piece
        finally:
            self.cancellation.cancel()
