"""Workspaces made of doubles through the public constructor: no weights, no Chroma, no child process."""

from collections.abc import Mapping
from pathlib import Path

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from ragkit.config import Config, ModelsConfig, StoreConfig
from ragkit.models.embedding.embedder import Embedder
from ragkit.testing import MemoryConnector, MemoryIndexes, PlainParser, WordEmbeddings
from ragkit.workspace import Workspace

REFUNDS = """# Refunds

## How long it takes

A refund takes five working days. It goes back to the card that was charged.

## Who may ask

Only the owner of the account can ask for a refund.
"""
BURNS = "# Burns\n\nCool the burn under running water for twenty minutes.\n"
LEASE = "# Lease\n\nThe notice period for termination is three months.\n"
HELP = {"support/help": {"refunds.md": REFUNDS}, "triage/help": {"burns.md": BURNS}, "legal/help": {"lease.md": LEASE}}
# Nothing listens there, so that no Ollama of the machine is found.
NOBODY = "http://127.0.0.1:9"


def workspace(
    folder: Path,
    *,
    chat: BaseChatModel | str = "extractive",
    embedding: Embedder | Embeddings | None = None,
    indexes: MemoryIndexes | None = None,
    config: Config | None = None,
) -> Workspace:
    """Return a workspace in which nothing was ingested yet."""
    config = config or Config(store=StoreConfig(path=folder), models=ModelsConfig(url=NOBODY))
    return Workspace(
        config,
        embedding=embedding or WordEmbeddings(),
        chat=chat,
        indexes=indexes or MemoryIndexes(),
        parser=PlainParser(),
    )


def filled(
    folder: Path, *, chat: BaseChatModel | str = "extractive", texts: Mapping[str, Mapping[str, str]] = HELP
) -> Workspace:
    """Return a workspace that holds texts, by source and uri."""
    made = workspace(folder, chat=chat)
    for source, documents in texts.items():
        made.ingest(MemoryConnector(documents, name=source))
    return made
