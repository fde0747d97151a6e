"""Vectors on a Chroma server, asked over its HTTP API: chromadb itself is neither needed nor loaded.

The seal of a collection there is its id and how many vectors it holds. A collection that was deleted, emptied, made
anew, or has a vector more or less is noticed by it, whenever a store is opened or somebody has written. A vector that
was replaced by another under the same id, or an id that was exchanged for another, changes neither id nor count: only
`Store.examine` (`ragkit store check`) finds these, since it compares the ids and searches for every vector.

The server checks neither who asks nor for whom, and serves a collection to everybody who knows its id. So nothing it
says is believed but ids, and of those the catalog drops what it does not know.
"""

import base64
import json
import logging
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from ragkit.errors import ConfigError, IndexUnavailable, StoreDamaged
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.damage import repair_command
from ragkit.store.index.base import NEIGHBOURS, Finding
from ragkit.store.index.filling import fill_from
from ragkit.store.index.probe import examine

_log = logging.getLogger(__name__)
_ROOT = "/api/v2"
_COLLECTIONS = f"{_ROOT}/tenants/default_tenant/databases/default_database/collections"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PORT, _LAST_PORT = 8000, 65_535
# A request takes seconds at most, and the server refuses those over 40 MB; so many numbers are 11.
_VECTORS = 500
_NUMBERS = 2_000_000
_IDS = 5000
# Building the graph takes its time, and a slow disk more.
_WRITING_SECONDS = 120.0
# Something stands before the server and answers in its place, or the server has no time.
_AWAY = (429, 502, 503, 504)


class ServerIndexes:
    """The collections of one store on the Chroma server at `http://host:port`.

    `store` is the store's folder, for the messages. `patience` is how many seconds a search waits for the server, and
    `rest` for how many the server is let alone when it did not answer.
    """

    def __init__(
        self, url: str, *, store: Path, sync_threshold: int = 1000, patience: float = 10.0, rest: float = 10.0
    ) -> None:
        self._server = ChromaServer(url, store=store, patience=patience, rest=rest)
        self._sync_threshold = sync_threshold

    def open(self, name: str) -> "ServerIndex":
        """Return a collection, made if it is not there.

        Raises:
            IndexUnavailable: the server does not answer.
        """
        return ServerIndex(self._server, name, sync_threshold=self._sync_threshold)

    def drop(self, name: str) -> None:
        """Remove a collection."""
        self._server.drop(name)

    def seal(self, name: str) -> str:
        """Return a collection's id and count; empty if there is none, or the server can't say."""
        try:
            return self._server.mark(name)
        except (StoreDamaged, IndexUnavailable):
            return ""

    def is_intact(self, name: str, seal: str, *, thorough: bool = False) -> bool:  # noqa: ARG002  # of the Protocol
        """Whether the collection has the sealed id and count. More the server can't tell without being read whole."""
        try:
            return bool(seal) and self._server.mark(name) == seal
        except StoreDamaged:
            return False

    def is_flushed_since(self, name: str, seal: str) -> bool:  # noqa: ARG002  # of the Protocol
        """A server looks after its own files."""
        return False

    def build_apart(self, name: str, folder: Path) -> int:
        """Fill an index in this process, which keeps none of its memory."""
        return fill_from(folder, self.open(name))

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        """Compare with the catalog in this process, which the server can't end."""
        try:
            if not self._server.mark(name):
                return Finding(indexed=0, fault="it is not on the server")
            return examine(self.open(name), folder, most=most)
        except StoreDamaged:
            return Finding(indexed=0, fault="the server can't read it")


class ServerIndex:
    """One collection, found by its name and then asked by its id."""

    def __init__(self, server: "ChromaServer", name: str, *, sync_threshold: int) -> None:
        self._server = server
        self._name = name
        self._graph = {"space": "cosine", "ef_search": NEIGHBOURS, "sync_threshold": sync_threshold}
        self.reopen()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Write in batches that the server takes; see `VectorIndex.upsert`."""
        batch = min(_VECTORS, max(1, _NUMBERS // max(1, vectors.shape[1])))
        for start in range(0, len(ids), batch):
            rows = np.asarray(vectors[start : start + batch], "<f4")
            packed = [base64.b64encode(row.tobytes()).decode() for row in rows]
            self._write("upsert", {"ids": list(ids[start : start + batch]), "embeddings": packed})

    def delete(self, ids: Sequence[str]) -> None:
        """Remove in batches that the server takes."""
        for start in range(0, len(ids), _IDS):
            self._write("delete", {"ids": list(ids[start : start + _IDS])})

    def nearest(self, vectors: Vectors, *, limit: int) -> list[list[tuple[str, float]]]:
        """Return ids with their cosine similarity, best first.

        Raises:
            StoreDamaged: the server has no such collection, or can't read it.
            IndexUnavailable: the server does not answer.
        """
        query = {"query_embeddings": vectors.tolist(), "n_results": limit, "include": ["distances"]}
        found = self._server.ask("POST", f"{self._id}/query", query)
        with self._server.understood():
            pairs = zip(found["ids"], found["distances"], strict=True)
            return [[(str(row), 1.0 - float(far)) for row, far in zip(*each, strict=True)] for each in pairs]

    def ids(self) -> set[str]:
        """Return every id, read a page at a time."""
        found: set[str] = set()
        while page := self._page(len(found)):
            found.update(page)
        return found

    def reopen(self) -> None:
        """Look the name up again. What others write the server itself shows at once."""
        self._id = self._server.made(self._name, self._graph)

    def _page(self, offset: int) -> set[str]:
        found = self._server.ask("POST", f"{self._id}/get", {"include": [], "limit": _IDS, "offset": offset})
        with self._server.understood():
            return set(found["ids"])

    def _write(self, verb: str, body: dict[str, object]) -> None:
        self._server.ask("POST", f"{self._id}/{verb}", body, patience=_WRITING_SECONDS)


class ChromaServer:
    """One server, with connections that are kept for the next request and closed with the last index.

    Raises:
        ConfigError: the address is none.
    """

    def __init__(self, url: str, *, store: Path, patience: float, rest: float) -> None:
        self._address = _address(url)
        self._store = store
        self._patience = patience
        self._rest = rest
        self._asked_again = 0.0
        secure = self._address.scheme == "https"
        session = httpx.Client(
            base_url=self._address,
            timeout=httpx.Timeout(patience, connect=min(patience, 5)),
            # Vectors go to this server alone: through no proxy of the environment, with no password of a .netrc.
            trust_env=False,
            verify=httpx.create_ssl_context() if secure else False,
        )
        self._session = session
        weakref.finalize(self, session.close)

    def made(self, name: str, graph: dict[str, object]) -> str:
        """Return the path of a collection, made if it is not there."""
        wanted = {"name": name, "configuration": {"hnsw": graph}, "get_or_create": True}
        found = self.ask("POST", _COLLECTIONS, wanted, patience=_WRITING_SECONDS)
        with self.understood():
            return f"{_COLLECTIONS}/{found['id']}"

    def mark(self, name: str) -> str:
        """Return a collection's id and count; empty if there is none. Nothing is made."""
        try:
            found = self.ask("GET", f"{_COLLECTIONS}/{name}")
            with self.understood():
                count = self.ask("GET", f"{_COLLECTIONS}/{found['id']}/count")
                return f"{found['id']} {int(count)}"
        except _Missing:
            return ""

    def drop(self, name: str) -> None:
        """Delete a collection, if it is there."""
        try:
            self.ask("DELETE", f"{_COLLECTIONS}/{name}", patience=_WRITING_SECONDS)
        except _Missing:
            return

    def ask(self, method: str, path: str, body: dict[str, object] | None = None, *, patience: float = 0.0) -> Any:
        """Return the server's answer. With a `patience` of its own it is asked even while it is let alone.

        Raises:
            StoreDamaged: it has no such collection, or can't read it.
            IndexUnavailable: it does not answer, or is none.
        """
        if not patience and time.monotonic() < self._asked_again:
            raise IndexUnavailable(self._silence())
        timeout = httpx.Timeout(patience, connect=5) if patience else httpx.USE_CLIENT_DEFAULT
        try:
            response = self._session.request(method, path, json=body, timeout=timeout)
        except httpx.TimeoutException as error:
            raise self._away(f"the Chroma server at {self._name} was silent. Restart it.") from error
        except httpx.HTTPError as error:
            raise self._away(self._silence()) from error
        with self.understood():
            answer = json.loads(response.content) if response.content else {}
        self._require_good(response.status_code, answer)
        self._asked_again = 0.0
        return answer

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Take what Chroma would never answer for the answer of another server."""
        try:
            yield
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise self._away(f"what answers at {self._name} is no Chroma server. Check store.chroma.") from error

    def _require_good(self, status: int, answer: object) -> None:
        if status < httpx.codes.BAD_REQUEST:
            return
        kind = answer.get("error", "") if isinstance(answer, dict) else ""
        if status == httpx.codes.NOT_FOUND and kind == "NotFoundError":
            raise _Missing(self._damaged("has lost its index"))
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise self._away(f"the Chroma server at {self._name} wants a login, and ragkit has none.")
        if status in _AWAY or not kind:
            raise self._away(f"what answers at {self._name} is no Chroma server, or a busy one (status {status}).")
        raise StoreDamaged(self._damaged(f"can't read its index ({status})"))

    def _away(self, message: str) -> IndexUnavailable:
        if time.monotonic() >= self._asked_again:
            _log.warning("%s", message)
        self._asked_again = time.monotonic() + self._rest
        return IndexUnavailable(message)

    def _silence(self) -> str:
        start = f"Run: chroma run --port {self._address.port}" if self._address.host in _LOOPBACK else "Start it."
        return f"no Chroma server answers at {self._name}. {start}"

    def _damaged(self, what: str) -> str:
        return (
            f"the Chroma server at {self._name} {what}. Nothing is lost: the catalog holds everything. "
            f"Run: {repair_command(self._store)}"
        )

    @property
    def _name(self) -> str:
        return repr(str(self._address))


class _Missing(StoreDamaged):
    """The server has no such collection."""


def _address(url: str) -> httpx.URL:
    try:
        found = httpx.URL(url.strip())
    except httpx.InvalidURL:
        found = httpx.URL()
    plain = not (found.userinfo or found.query or found.fragment) and (found.port or 1) <= _LAST_PORT
    if found.scheme not in ("http", "https") or not found.host or not plain:
        shown = url.rpartition("@")[2]
        raise ConfigError(
            f"{shown!r} is no address of a Chroma server. Write it as http://host:{_PORT}, without a user's name.",
            setting="store.chroma",
            value=shown,
        )
    port = found.port or (_PORT if found.scheme == "http" else 443)
    return found.copy_with(port=port, path=found.path.rstrip("/"))
