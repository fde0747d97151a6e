"""A store for a collection: filled the way every store is, to be measured and thrown away or kept."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from langchain_core.embeddings import Embeddings

from ragkit.config import Config
from ragkit.errors import ConfigError
from ragkit.evaluation.sets.corpus import Corpus, RowParser
from ragkit.ingestion.ingest import IngestReport, Progress
from ragkit.models.embedding.embedder import Embedder
from ragkit.store.index.base import Indexes
from ragkit.workspace import Workspace


@contextmanager
def collection_store(
    corpus: Corpus,
    config: Config,
    *,
    keep: Path | None = None,
    embedding: Embedder | Embeddings | str | None = None,
    indexes: Indexes | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Iterator[tuple[Workspace, IngestReport]]:
    """Bring the corpus into a store and open it for the block; with `keep` it stays in that folder.

    A kept store embeds only what changed since.

    Raises:
        ConfigError: the corpus has a broken line, or the folder has a store of something else.
        IndexMismatch: the kept store was built with another embedder.
    """
    with tempfile.TemporaryDirectory(prefix="ragkit-eval-", ignore_cleanup_errors=True) as scratch:
        path = keep or Path(scratch) / "store"
        store = config.store.model_copy(update={"path": path, "chroma": ""})
        own = config.model_copy(update={"store": store})
        embedding = embedding or config.models.embedding
        with Workspace(own, embedding=embedding, chat="extractive", indexes=indexes, parser=RowParser()) as workspace:
            if workspace.exists:
                _refuse_others(workspace, corpus.name)
            report = workspace.ingest(corpus, on_progress=on_progress)
            yield workspace, report


def _refuse_others(workspace: Workspace, name: str) -> None:
    others = [source for source in workspace.store.sources() if source != name]
    if others:
        folder = str(workspace.config.store.path)
        message = f"the store {folder!r} has documents of {', '.join(others)}. Give --keep a folder of its own."
        raise ConfigError(message, setting="keep", value=folder)
