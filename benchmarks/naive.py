"""The baseline: what LangChain's tutorials build, with the same weights as ragkit's default embedder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from chromadb.config import Settings
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer

from ragkit.models.embedding.weights import MINILM_L6, find_files

SPLITTER = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)


class Transformer(Embeddings):
    """The model as `HuggingFaceEmbeddings` runs it. `threads` are torch's; None leaves them as they are."""

    def __init__(self, *, threads: int | None = None) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._model = SentenceTransformer(str(find_files(MINILM_L6)), device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text; what is over 256 tokens of one is dropped without a word."""
        rows: list[list[float]] = self._model.encode(texts, show_progress_bar=False).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return self.embed_documents([text])[0]


def opened(folder: Path, embedding: Embeddings) -> Chroma:
    """Return the store in the folder, made if it is not there."""
    settings = Settings(is_persistent=True, persist_directory=str(folder), anonymized_telemetry=False)
    return Chroma("naive", embedding_function=embedding, client_settings=settings)


def ingest(chroma: Chroma, files: Sequence[Path]) -> int:
    """Read, split and add files, and return how many chunks they make."""
    texts = [file.read_text("utf-8") for file in files]
    chunks = SPLITTER.create_documents(texts, [{"source": str(file)} for file in files])
    chroma.add_documents(chunks)
    return len(chunks)
