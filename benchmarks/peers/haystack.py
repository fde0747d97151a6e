"""Haystack: its hybrid tutorial without the reranker, whose weights no package has, so joined by reciprocal rank."""

from collections.abc import Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.peer import LIMIT


class Haystack:
    """Two pipelines over the store in memory, the only one of its own with both kinds of search; it is saved whole."""

    def __init__(self, folder: Path, weights: str) -> None:
        self._file, self._weights = folder / "haystack.json", weights
        kept = self._file.exists()
        self._store = InMemoryDocumentStore.load_from_disk(str(self._file)) if kept else InMemoryDocumentStore()
        self._query = _query(self._store, weights) if kept else None

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Split, embed and write, and save the store."""
        pipeline = Pipeline()
        pipeline.add_component("splitter", DocumentSplitter(split_by="word", split_length=200, split_overlap=32))
        embedder = SentenceTransformersDocumentEmbedder(model=self._weights, progress_bar=False)
        pipeline.add_component("embedder", embedder)
        pipeline.add_component("writer", DocumentWriter(self._store, policy=DuplicatePolicy.OVERWRITE))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [Document(content=text, meta={"uri": identity}) for identity, text in rows]
        pipeline.run({"splitter": {"documents": documents}})
        self._store.save_to_disk(str(self._file))

    def search(self, question: str) -> Sequence[str]:
        """Ask both retrievers, and join what they find."""
        self._query = self._query or _query(self._store, self._weights)
        asked = {"embedder": {"text": question}, "words": {"query": question}}
        return [str(document.meta["uri"]) for document in self._query.run(asked)["joiner"]["documents"]]


def _query(store: InMemoryDocumentStore, weights: str) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=weights, progress_bar=False))
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store, top_k=LIMIT))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=LIMIT))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=LIMIT))
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("meaning", "joiner")
    pipeline.connect("words", "joiner")
    return pipeline
