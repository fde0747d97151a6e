"""The three retrievers of ragkit keep the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit import Retriever, Workspace
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.testing import MemoryConnector
from ragkit.testing.retriever_contract import DOCUMENTS, RetrieverContract
from tests.workspaces import workspace


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "store") as made:
        made.ingest(MemoryConnector(DOCUMENTS))
        yield made


class TestDenseRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, opened: Workspace) -> Retriever:
        return DenseRetriever(opened.store, opened.embedder)


class TestLexicalRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, opened: Workspace) -> Retriever:
        return LexicalRetriever(opened.store)


class TestHybridRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, opened: Workspace) -> Retriever:
        return opened.retriever()
