"""Documents made for a test, put into a store and found again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from ragkit.documents import Chunk, Document, Viewer, stable_id
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.lexical import RANK, telling_words
from ragkit.store.catalog.records import Entry
from ragkit.store.memory.admitted import EVERYTHING
from ragkit.store.memory.memory import Memory
from ragkit.store.store import Store
from ragkit.testing import MemoryIndexes, WordEmbeddings

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


def texts(number: int) -> list[str]:
    draw = np.random.default_rng(number)
    words = ["kettle", "boiling", "boiled", "red", "snake_case", "case", "snake", "the", "é", "x", "y"]
    return [" ".join(draw.choice(words, draw.integers(1, 12))) + f" n{number}" for _ in range(draw.integers(1, 4))]


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


def put_in(folder: Path, uri: str, text: str) -> None:
    with Store(Catalog(folder), MemoryIndexes(), folder=folder) as other:
        put(other, document(uri, text))


def found(store: Store, query: str, **options: object) -> list[str]:
    hits = store.nearest(WORDS.embed_query(query), limit=10, viewer=OWNER, **options)  # type: ignore[arg-type]
    return [hit.chunk.text for hit in hits]


def by_words(held: Memory, query: str, limit: int = 20) -> list[tuple[int, float]]:
    found = held.matching(telling_words(query), limit=limit, wanted=EVERYTHING)
    assert found
    return list(zip(found.rows.tolist(), found.scores.tolist(), strict=True))


def by_fts5(store: Store, query: str, limit: int = 20) -> list[tuple[int, float]]:
    expression = " OR ".join(f'"{word}"' for word in telling_words(query))
    with closing(sqlite3.connect(store.folder / "catalog.db")) as connection:
        rows = connection.execute(
            f"SELECT rowid, -{RANK} AS score FROM words WHERE words MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            (expression, limit),
        )
        return rows.fetchall()
