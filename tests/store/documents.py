"""Documents made for a test, put into a store and found again."""

from ragkit.documents import Chunk, Document, Viewer, stable_id
from ragkit.store.catalog.records import Entry
from ragkit.store.store import Store
from ragkit.testing import WordEmbeddings

OWNER = Viewer.local()
WORDS = WordEmbeddings()


def document(uri: str, *paragraphs: str, access: frozenset[str] = frozenset(), **metadata: int | str) -> Document:
    return Document(
        uri=uri,
        text="\n\n".join(paragraphs),
        source="memory",
        revision="1",
        title=uri,
        metadata=metadata,
        access=access,
    )


def entry(of: Document) -> Entry:
    """One chunk a paragraph."""
    chunks = []
    start = 0
    for ordinal, paragraph in enumerate(of.text.split("\n\n")):
        end = start + len(paragraph)
        chunks.append(
            Chunk(
                document_id=of.id, ordinal=ordinal, text=paragraph, start=start, end=end, uri=of.uri, title=of.title,
                metadata=of.metadata,
            )
        )  # fmt: skip
        start = end + 2
    return Entry(document=of, chunks=chunks, keys=[stable_id(chunk.text) for chunk in chunks])


def put(store: Store, *documents: Document) -> None:
    entries = [entry(each) for each in documents]
    texts = {key: chunk.text for e in entries for key, chunk in zip(e.keys, e.chunks, strict=True)}
    with store.writing():
        fresh = {key: text for key, text in texts.items() if key not in store.known(list(texts))}
        vectors = WORDS.embed_documents(list(fresh.values()))
        store.replace(entries, dict(zip(fresh, vectors, strict=True)))


def found(store: Store, query: str, **options: object) -> list[str]:
    hits = store.nearest(WORDS.embed_query(query), limit=10, viewer=OWNER, **options)  # type: ignore[arg-type]
    return [hit.chunk.text for hit in hits]
