"""Where settings become objects: the one part of ragkit that imports heavy modules when they are asked for."""

from ragkit.wiring.chat import chat_engine, ollama_server, ollama_servers
from ragkit.wiring.embedding import embedder, indexes
from ragkit.wiring.judges import drafting, grounder, reranker
from ragkit.wiring.sources import connector

__all__ = [
    "chat_engine",
    "connector",
    "drafting",
    "embedder",
    "grounder",
    "indexes",
    "ollama_server",
    "ollama_servers",
    "reranker",
]
