"""One Chroma server for all tests that need one, and a store on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.chroma_server import TEXTS, ChromaProcess, opened
from tests.store.documents import document, put


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    server = ChromaProcess(tmp_path_factory.mktemp("chroma") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(chroma: ChromaProcess) -> Iterator[ChromaProcess]:
    yield chroma
    chroma.start()
    chroma.delete_all()


@pytest.fixture
def folder(server: ChromaProcess, tmp_path: Path) -> Path:
    """A store with twelve chunks on the server."""
    with opened(tmp_path / "store", server.url) as store:
        put(store, document("a", *TEXTS[:6]), document("b", *TEXTS[6:]))
    return tmp_path / "store"
