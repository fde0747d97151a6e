"""From a document to what the store keeps of it: chunks within the embedder's window, and their vectors."""

from collections.abc import Iterable, Iterator, Sequence

from ragkit.chunking import chunk_document, embedded_text
from ragkit.documents import Document, stable_id
from ragkit.models.embedder import Embedder
from ragkit.store.records import Entry
from ragkit.store.store import Store

# Documents are stored together until they have this many chunks: few commits, little to do again after a crash.
BATCH = 128


def cut(document: Document, embedder: Embedder) -> Entry:
    """Return a document with its chunks, none of them longer than the embedder's window."""
    chunks = chunk_document(document, window=embedder.window, count_tokens=embedder.count_tokens)
    return Entry(document=document, chunks=chunks, keys=[stable_id(embedded_text(chunk)) for chunk in chunks])


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in lists of some `BATCH` chunks. A document is never parted."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += max(1, len(entry.chunks))
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def put(entries: Sequence[Entry], *, store: Store, embedder: Embedder) -> int:
    """Store the entries and return how many texts were embedded: those that the store had no vector of.

    Raises:
        ModelUnavailable: the embedder does not work; nothing is stored.
    """
    texts = {key: embedded_text(chunk) for e in entries for key, chunk in zip(e.keys, e.chunks, strict=True)}
    known = store.known(list(texts))
    fresh = {key: text for key, text in texts.items() if key not in known}
    vectors = embedder.embed_documents(list(fresh.values()))
    store.replace(entries, dict(zip(fresh, vectors, strict=True)))
    return len(fresh)
