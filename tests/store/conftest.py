"""A store of a few documents, and what a search has of it in memory; most tests make a store of their own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ragkit.store.catalog.catalog import Catalog
from ragkit.store.memory.memory import Memory
from ragkit.store.store import Store
from ragkit.testing import MemoryIndexes
from tests.store.documents import document, put, texts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    Catalog.create(tmp_path / "store", fingerprint="w", tenant="local").close()
    with Store(Catalog(tmp_path / "store"), MemoryIndexes(), folder=tmp_path / "store") as made:
        put(made, *(document(f"{each} kettle", *texts(each)) for each in range(20)))
        yield made


@pytest.fixture
def held(store: Store) -> Iterator[Memory]:
    with closing(Memory(store.folder / "catalog.db")) as made:
        yield made
