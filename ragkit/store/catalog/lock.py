"""One writer a store: a lock that the operating system drops when its process dies."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ragkit.errors import StoreLocked
from ragkit.store.catalog.room import refused


class WriterLock:
    """Held by whoever writes. The holder's name lies beside it, for the message that the second writer gets."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "writer.lock", timeout=0)
        self._holder = folder / "writer.json"

    @contextmanager
    def held(self, *, patience: float = 0) -> Iterator[None]:
        """Hold the lock for the block; holding it twice in one thread is fine. It is waited for `patience` seconds.

        Raises:
            StoreLocked: another process, or another store object of this process, holds it.
            StoreFull: there is no room for the lock's files.
            StoreError: the folder can't be written.
        """
        try:
            self._lock.acquire(timeout=patience)
        except Timeout as error:
            raise self._locked() from error
        except OSError as error:
            raise refused(error, self._holder.parent) from error
        try:
            self._sign()
            yield
        finally:
            self._lock.release()

    def _sign(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        try:
            self._holder.write_text(json.dumps(holder), encoding="utf-8")
        except OSError as error:
            raise refused(error, self._holder.parent) from error

    def _locked(self) -> StoreLocked:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # The holder has the lock but has not signed yet.
            holder = {"pid": 0, "host": "unknown", "since": "just now"}
        message = (
            f"{str(self._holder.parent)!r} is being written by process {holder['pid']} on {holder['host']} "
            f"since {holder['since']}. Wait for it to end, or stop it."
        )
        return StoreLocked(message, pid=holder["pid"], host=holder["host"], since=holder["since"])
