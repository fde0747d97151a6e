"""From a document to what the store keeps of it: chunks within the embedder's window, and their vectors."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ragkit.documents import Document, stable_id
from ragkit.errors import PromptTooLong
from ragkit.ingestion.chunking import CHUNKER, chunk_document, embedded_text
from ragkit.models.embedding.embedder import Embedder, Vectors
from ragkit.store.catalog.records import Entry
from ragkit.store.catalog.writing import Failure
from ragkit.store.store import Store

# Chunks are embedded and stored together once they are this many: few commits, little to do again after a crash.
BATCH = 128
# Of words alone the first batch is as small, so that they are found early; each is twice the one before, up to so many
# times: a commit waits for the disk, and writes again most of the pages that the one before has written.
_GROWTH = 8
# A page of a scan takes seconds, and gives a chunk or two: nobody should wait for a thousand of them, or lose them.
_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True)
class Filled:
    """How many texts were embedded, and which documents are gone since the embedder refused a text of theirs."""

    embedded: int
    failures: tuple[Failure, ...] = ()


def chunk_size(embedder: Embedder, chunk_tokens: int) -> int:
    """Return the most tokens of a chunk: `chunk_tokens`, but the embedder's window if that is less, or for 0."""
    return min(chunk_tokens or embedder.window, embedder.window)


def chunker(embedder: Embedder, chunk_tokens: int) -> str:
    """Return what a store's fingerprint says of the way its chunks were cut; the window itself is the model's."""
    size = chunk_size(embedder, chunk_tokens)
    return CHUNKER if size == embedder.window else f"{CHUNKER}/{size}"


def cut(document: Document, embedder: Embedder, *, chunk_tokens: int = 0) -> Entry:
    """Return a document with its chunks, none of them longer than `chunk_size` says."""
    size = chunk_size(embedder, chunk_tokens)
    chunks = chunk_document(document, window=size, count_tokens=embedder.count_tokens)
    return Entry(document=document, chunks=chunks, keys=[stable_id(embedded_text(chunk)) for chunk in chunks])


def batches(
    entries: Iterable[Entry], *, growing: bool = False, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[Entry]]:
    """Yield the entries in lists of some `BATCH` chunks, or more and more of them; fewer where they come slowly.

    A document is never parted.
    """
    batch: list[Entry] = []
    size, least, began = 0, BATCH, clock()
    for entry in entries:
        batch.append(entry)
        size += max(1, len(entry.chunks))
        if size >= least or clock() - began > _PATIENCE:
            yield batch
            batch, size, began = [], 0, clock()
            least = min(2 * least, _GROWTH * BATCH) if growing else BATCH
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


def fill(
    store: Store, embedder: Embedder, *, on_batch: Callable[[int, int], None] = lambda _done, _total: None
) -> Filled:
    """Embed what the store has without a vector, a batch and a commit at a time; within `writing`.

    While one batch is being embedded, the one before is stored in another thread. A document of which the embedder
    refuses a text is removed, and kept as a failure. `on_batch` gets how many texts are done, and of how many.

    Raises:
        ModelUnavailable: the embedder does not work. What is embedded by then stays.
    """
    embedded, failures = 0, list[Failure]()
    keys = store.unembedded()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ragkit-store") as behind:
        stored: Future[None] | None = None
        for start in range(0, len(keys), BATCH):
            chunks = store.waiting(keys[start : start + BATCH])
            vectors, refused = _embedded({key: embedded_text(chunk) for key, chunk in chunks.items()}, embedder)
            if stored:
                stored.result()
                on_batch(start, len(keys))
            stored = behind.submit(store.replace, (), vectors)
            embedded += len(vectors)
            if refused:
                stored.result()
                failures += _give_up(store, refused)
        if stored:
            stored.result()
            on_batch(len(keys), len(keys))
    return Filled(embedded=embedded, failures=tuple(failures))


def _embedded(
    texts: Mapping[str, str], embedder: Embedder
) -> tuple[Mapping[str, Vectors], Mapping[str, PromptTooLong]]:
    """Return the vectors, and the texts that the embedder refused: found one by one, once it refuses all at once."""
    if not texts:
        return {}, {}
    try:
        return dict(zip(texts, embedder.embed_documents(list(texts.values())), strict=True)), {}
    except PromptTooLong as error:
        if len(texts) == 1:
            return {}, dict.fromkeys(texts, error)
    vectors, refused = dict[str, Vectors](), dict[str, PromptTooLong]()
    for key, text in texts.items():
        found, too_long = _embedded({key: text}, embedder)
        vectors |= found
        refused |= too_long
    return vectors, refused


def _give_up(store: Store, refused: Mapping[str, PromptTooLong]) -> Iterator[Failure]:
    """Remove all documents that have one of the texts, and record why."""
    # Once more after the first ones: each text is waited for by one document at a time.
    while waiting := store.waiting(list(refused)):
        for document_id, error in {chunk.document_id: refused[key] for key, chunk in waiting.items()}.items():
            yield from _removed(store, document_id, error)


def _removed(store: Store, document_id: str, error: PromptTooLong) -> Iterator[Failure]:
    if document := store.document(document_id, viewer=store.owner):
        failure = Failure(
            source=document.source,
            uri=document.uri,
            revision=document.revision,
            stage="embed",
            error=type(error).__name__,
            message=str(error),
        )
        store.remove(document.source, [document.uri])
        store.record([failure])
        yield failure
