"""Documents that are put into a store, looked for there, and read again by another process's eyes."""

from pathlib import Path

from hypothesis import strategies as st

from ragkit.documents import Document, Value, Viewer
from ragkit.filters import And, Equals, Filter, In, Range
from ragkit.ingestion.indexing import cut, put
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.store import Store
from ragkit.testing import MemoryIndexes, WordEmbeddings

OWNER = Viewer.local()
WORDS = WordEmbeddings(dimension=8)
MANY = 100_000
HALF = "\ud800"
NOTE = Document(uri="a.md", text="One kettle.", source="memory", revision="1", title="Kettles")


def made(parent: Path) -> Store:
    catalog = Catalog.create(parent / "store", fingerprint="words", tenant="local")
    return Store(catalog, MemoryIndexes(), folder=parent / "store")


def keep(store: Store, *documents: Document) -> list[Entry]:
    entries = [cut(document, WORDS) for document in documents]
    with store.writing():
        put(entries, store=store, embedder=WORDS)
    return entries


def reopened(store: Store) -> Store:
    """Return the same store as a new process sees it: from the catalog alone."""
    return Store(Catalog(store.folder), MemoryIndexes(), folder=store.folder)


def having(store: Store, where: Filter | None, viewer: Viewer = OWNER) -> list[str]:
    return [row.uri for row in store.documents(where=where, viewer=viewer)]


def comes_back(store: Store, document: Document) -> None:
    (entry,) = keep(store, document)
    with reopened(store) as again:
        assert again.document(document.id, viewer=OWNER) == document
        assert document.uri in having(again, Equals("uri", document.uri))
        for key, value in document.metadata.items():
            for where in (Equals(key, value), In(key, (value,)), *between(key, value)):
                assert document.uri in having(again, And((Equals("source", document.source), where)))
        hits = again.nearest(WORDS.embed_query(document.text), limit=50, viewer=OWNER)
        chunks = [hit.chunk for hit in hits if hit.chunk.document_id == document.id]
        assert sorted(chunks, key=lambda chunk: chunk.ordinal) == list(entry.chunks)
        assert [again.span(document.id, chunk.start, chunk.end) for chunk in entry.chunks] == [
            chunk.text for chunk in entry.chunks
        ]


def between(key: str, value: Value) -> list[Filter]:
    return [] if isinstance(value, bool) else [Range(field=key, low=value, high=value)]


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
ANY_VALUE = st.recursive(
    st.one_of(ANY_TEXT, st.integers(), st.integers(min_value=2**53), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(ANY_TEXT, inner, max_size=2)),
    max_leaves=3,
)
