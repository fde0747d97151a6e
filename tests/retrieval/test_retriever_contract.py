"""The retrievers of ragkit keep the contract, those that stand around another one too."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ragkit import Retriever, Workspace
from ragkit.documents import Hit
from ragkit.models.chat.engine import ChatEngine
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.retrieval.stages.expand import ExpandedRetriever
from ragkit.retrieval.stages.rerank import RerankedRetriever
from ragkit.testing import MemoryConnector, ScriptedChat
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


class TestExpandedRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, opened: Workspace) -> Retriever:
        chat = ScriptedChat(*["another wording"] * 50)
        drafting = Drafting(engine=ChatEngine(name="double", chat=chat, window=8192))
        return ExpandedRetriever(opened.retriever(), drafting, way="queries")


class TestRerankedRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, opened: Workspace) -> Retriever:
        return RerankedRetriever(opened.retriever(), _AsFound(), clock=lambda: 0.0)


class _AsFound:
    """A reranker that is content with the order."""

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        return list(hits)
