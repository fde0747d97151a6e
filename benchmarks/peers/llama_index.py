"""LlamaIndex: its ingestion pipeline into Chroma, and Chroma and BM25 fused by reciprocal rank."""

from collections.abc import Sequence
from pathlib import Path

import chromadb
from chromadb.config import Settings
from llama_index.core import VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import Document
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.chroma import ChromaVectorStore

from benchmarks.peers.peer import LIMIT


class LlamaIndex:
    """The pipeline with the store of documents that lets it leave out what has not changed."""

    def __init__(self, folder: Path, weights: str) -> None:
        self._pipeline, self._words = folder / "pipeline", folder / "bm25"
        self._embedding = HuggingFaceEmbedding(weights)
        settings = Settings(is_persistent=True, persist_directory=str(folder / "chroma"), anonymized_telemetry=False)
        self._vectors = ChromaVectorStore(chromadb.Client(settings).get_or_create_collection("peer"))
        self._fused: QueryFusionRetriever | None = None

    def add(self, rows: Sequence[tuple[str, str]]) -> None:
        """Run the pipeline, and index the words of all chunks anew if there are new ones."""
        pipeline = IngestionPipeline(
            transformations=[SentenceSplitter(), self._embedding],
            vector_store=self._vectors,
            docstore=SimpleDocumentStore(),
        )
        if self._pipeline.exists():
            pipeline.load(str(self._pipeline))
        nodes = pipeline.run(documents=[Document(text=text, id_=identity) for identity, text in rows])
        pipeline.persist(str(self._pipeline))
        if nodes:
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=LIMIT).persist(str(self._words))

    def search(self, question: str) -> Sequence[str]:
        """Ask both retrievers, and fuse what they find."""
        self._fused = self._fused or self._fusion()
        return [found.node.ref_doc_id for found in self._fused.retrieve(question)]

    def _fusion(self) -> QueryFusionRetriever:
        index = VectorStoreIndex.from_vector_store(self._vectors, embed_model=self._embedding)
        retrievers = [
            index.as_retriever(similarity_top_k=LIMIT),
            BM25Retriever.from_persist_dir(str(self._words)),
        ]
        return QueryFusionRetriever(
            retrievers,
            llm=MockLLM(),
            mode="reciprocal_rerank",
            similarity_top_k=LIMIT,
            num_queries=1,
            use_async=False,
        )
