"""A store's documents cut to chunks of another size, in a folder of its own that is deleted at the end."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ragkit.ingestion.chunking import embedded_text
from ragkit.ingestion.indexing import batches, chunk_size, cut, put
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.index.base import Indexes
from ragkit.store.store import Store
from ragkit.workspace import Workspace

_SIZES = (64, 128, 192, 256, 384, 512)
# The time is told from the first characters of a few documents all over the store.
_SAMPLED, _CHARACTERS = 4, 2000


def other_sizes(workspace: Workspace) -> list[int]:
    """Return sizes of chunks that the embedder can take and that the store does not have, smallest first."""
    embedder = workspace.embedder
    own = chunk_size(embedder, workspace.config.store.chunk_tokens)
    return [size for size in sorted({*_SIZES, embedder.window}) if size != own and size <= min(embedder.window, 512)]


def seconds_to_recut(workspace: Workspace, sizes: Sequence[int]) -> float:
    """Return about how long it takes to cut and embed the whole store to each of the sizes, from a sample."""
    store, embedder = workspace.store, workspace.embedder
    rows = store.documents(viewer=store.owner)
    places = sorted({round(step * (len(rows) - 1) / (_SAMPLED - 1)) for step in range(_SAMPLED)})
    read = [store.document(rows[place].id, viewer=store.owner) for place in places]
    sample = [replace(one, text=one.text[:_CHARACTERS], sections=()) for one in read if one]
    # What is loaded at first use is not counted.
    embedder.embed_query("time")
    started = time.perf_counter()
    for size in sizes:
        for document in sample:
            entry = cut(document, embedder, chunk_tokens=size)
            embedder.embed_documents([embedded_text(chunk) for chunk in entry.chunks])
    took = time.perf_counter() - started
    return took * sum(row.characters for row in rows) / max(1, sum(len(one.text) for one in sample))


@contextmanager
def recut(
    workspace: Workspace,
    chunk_tokens: int,
    *,
    indexes: Indexes | None = None,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Store]:
    """Open a store of the same documents in chunks of this size for the block; the workspace's own is only read."""
    with tempfile.TemporaryDirectory(prefix="ragkit-tune-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "store"
        settings = workspace.config.store.model_copy(
            update={"path": folder, "chroma": "", "chunk_tokens": chunk_tokens}
        )
        config = workspace.config.model_copy(update={"store": settings})
        with Workspace(config, embedding=workspace.embedder, chat="extractive", indexes=indexes) as other:
            Catalog.create(folder, fingerprint=other.fingerprint, tenant=settings.tenant).close()
            with other.store.writing():
                _fill(other, workspace.store, chunk_tokens, on_step)
            yield other.store


def _fill(other: Workspace, store: Store, chunk_tokens: int, on_step: Callable[[int, int], None]) -> None:
    rows = store.documents(viewer=store.owner)
    done = 0
    for batch in batches(_entries(other, store, [row.id for row in rows], chunk_tokens)):
        put(batch, store=other.store, embedder=other.embedder)
        done += len(batch)
        on_step(done, len(rows))


def _entries(other: Workspace, store: Store, identities: Sequence[str], chunk_tokens: int) -> Iterator[Entry]:
    for identity in identities:
        if document := store.document(identity, viewer=store.owner):
            yield cut(document, other.embedder, chunk_tokens=chunk_tokens)
