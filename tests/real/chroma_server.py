"""A Chroma server of the tests' own, what others do to it behind our back, and servers that are none."""

import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.index.chroma_server import ServerIndex, ServerIndexes
from ragkit.store.store import Store
from tests.store.documents import found

PATIENCE = 60
TEXTS = [f"fact {number} of subject{number}" for number in range(12)]
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


class ChromaProcess:
    """`chroma run` on a port of its own, which it keeps when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        program = str(Path(sys.executable).with_name("chroma"))
        self._process = subprocess.Popen(
            [program, "run", "--host", "127.0.0.1", "--port", str(self.port), "--path", str(self.folder)],
            cwd=self.folder,
            env=os.environ | {"ANONYMIZED_TELEMETRY": "False"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1, trust_env=False).is_success:
                    return
            time.sleep(0.05)
        pytest.fail(f"the Chroma server at {self.url} did not come up in {PATIENCE} s")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(timeout=20)
            self._process = None

    def pause(self) -> None:
        """Have it accept connections and answer nothing until it is resumed."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def start_empty(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)
        self.start()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask it as any other of its clients would."""
        answer = httpx.request(method, f"{self.url}{COLLECTIONS}{path}", json=body, timeout=30, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def names(self) -> set[str]:
        return {row["name"] for row in self.ask("GET", "")}

    def delete_all(self) -> None:
        for name in self.names():
            self.ask("DELETE", f"/{name}")


class Collection:
    """A collection as somebody sees it who is not ragkit."""

    def __init__(self, server: ChromaProcess, name: str) -> None:
        self._server = server
        self.name = name
        self.id = server.ask("GET", f"/{name}")["id"]

    def ids(self) -> list[str]:
        return sorted(self._server.ask("POST", f"/{self.id}/get", {"include": []})["ids"])

    def delete(self, ids: list[str]) -> None:
        self._server.ask("POST", f"/{self.id}/delete", {"ids": ids})

    def write(self, ids: list[str], vectors: Vectors) -> None:
        packed = [base64.b64encode(np.asarray(row, "<f4").tobytes()).decode() for row in vectors]
        self._server.ask("POST", f"/{self.id}/upsert", {"ids": ids, "embeddings": packed})

    def drop(self) -> None:
        self._server.ask("DELETE", f"/{self.name}")


class CountedIndexes(ServerIndexes):
    """Counts the searches that the server answered."""

    answered = 0

    def open(self, name: str) -> ServerIndex:
        index = super().open(name)
        ask = index.nearest

        def nearest(vectors: Vectors, *, limit: int) -> list[list[tuple[str, float]]]:
            found = ask(vectors, limit=limit)
            self.answered += len(found)
            return found

        index.nearest = nearest  # type: ignore[method-assign]  # what is counted is the server's own answer
        return index


class ServerStore(Store):
    """A store whose vectors are on a server."""

    def __init__(self, folder: Path, server: CountedIndexes) -> None:
        super().__init__(Catalog(folder), server, folder=folder)
        self.server = server

    def __enter__(self) -> "ServerStore":
        return self


def opened(folder: Path, url: str, *, tenant: str = "local", rest: float = 0.0, patience: float = 10.0) -> ServerStore:
    """Return the store of a folder, made if there is none."""
    if not Catalog.exists(folder):
        Catalog.create(folder, fingerprint="words", tenant=tenant).close()
    return ServerStore(folder, CountedIndexes(url, store=folder, patience=patience, rest=rest))


def collection_of(folder: Path) -> str:
    """Return the name of the collection that a store's catalog trusts."""
    with closing(Catalog(folder)) as catalog:
        return catalog.meta()["collection"]


@contextmanager
def answering(reply: bytes, *, delay: float = 0.0) -> Iterator[str]:
    """Listen, and give every caller the same bytes and the end of the connection; no bytes, and nothing is sent."""
    stop = threading.Event()

    def talk(caller: socket.socket) -> None:
        with closing(caller):
            caller.recv(1 << 16)
            if not reply:
                stop.wait(PATIENCE)
            stop.wait(delay)
            with contextlib.suppress(OSError):
                caller.sendall(reply)

    def serve(listener: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                talkers.append(threading.Thread(target=talk, args=(listener.accept()[0],)))
                talkers[-1].start()

    talkers: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            for thread in (server, *talkers):
                thread.join(10)


def all_found(store: Store) -> bool:
    """Whether every chunk is the best hit for its own text."""
    return all(found(store, text)[:1] == [text] for text in TEXTS)


def answered_by_server(store: ServerStore) -> bool:
    before = store.server.answered
    found(store, TEXTS[0])
    return store.server.answered == before + 1


def assert_whole(store: ServerStore) -> None:
    assert answered_by_server(store)
    assert store.examine().fault == ""
    stats = store.stats()
    assert stats.indexed == stats.chunks
