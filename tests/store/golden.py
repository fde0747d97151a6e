"""Stores as released versions wrote them, and what must be found in them for ever.

`python -m tests.store.golden NAME` adds the store of the version at hand; done once for each release.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ragkit.documents import Document, Section, Viewer, stable_id
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.catalog.writing import Failure
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.opening import open_store
from ragkit.store.store import Store
from ragkit.testing import WordEmbeddings

STORES = Path(__file__).resolve().parents[1] / "data" / "stores"
OWNER = Viewer.local()
WORDS = WordEmbeddings(dimension=32)
SUBJECTS = ("kettle", "lease", "printer", "visa", "fever", "router", "refund", "garden", "violin", "boiler")
QUERIES = [f"how do I {verb} the {subject}" for verb in ("mend", "return") for subject in SUBJECTS]


def opened(folder: Path) -> Store:
    """Return the store of a folder as this version opens it."""
    return open_store(folder, FolderIndexes(folder / "index", partial(ChromaIndex, sync_threshold=10)))


def snapshot(store: Store) -> dict[str, object]:
    """Return what is in a store as its users see it: documents, and the ten best of every query, both ways."""
    rows = store.documents(viewer=OWNER)
    documents = [store.document(row.id, viewer=OWNER) for row in rows]
    return {
        "documents": {row.id: row.chunks for row in rows},
        "texts": {document.uri: document.text for document in documents if document},
        "failures": [failure.uri for failure in store.failures()],
        "dense": {query: _best(store, WORDS.embed_query(query)) for query in QUERIES},
        "lexical": {query: _matching(store, query) for query in QUERIES},
    }


def _best(store: Store, vector: Vectors) -> list[str]:
    return [hit.chunk.text for hit in store.nearest(vector, limit=10, viewer=OWNER)]


def _matching(store: Store, query: str) -> list[str]:
    return [hit.chunk.text for hit in store.matching(query, limit=10, viewer=OWNER)]


def _document(number: int, subject: str) -> Document:
    verbs = ("mend", "return", "clean")
    parts = [f"To {verb} the {subject}, see page {number * 7 + place}." for place, verb in enumerate(verbs)]
    text = "\n\n".join(parts)
    return Document(
        uri=f"{subject}/é-{number}.md", text=text, source="manual", revision=f"r{number}", title=f"The {subject}",
        sections=(Section(heading="Mending", start=0, end=len(parts[0]), page=1),),
        metadata={"number": number, "price": number + 0.5, "indoors": number % 2 == 0, "note": "naïve 😀"},
        access=frozenset({"public"}) if number % 3 else frozenset({"staff"}),
    )  # fmt: skip


def _entry(document: Document) -> Entry:
    chunks = chunk_document(document, window=10, count_tokens=WORDS.count_tokens)
    return Entry(document=document, chunks=chunks, keys=[stable_id(embedded_text(chunk)) for chunk in chunks])


def _fill(store: Store, documents: Sequence[Document]) -> None:
    entries = [_entry(document) for document in documents]
    texts = {key: embedded_text(chunk) for e in entries for key, chunk in zip(e.keys, e.chunks, strict=True)}
    vectors = WORDS.embed_documents(list(texts.values()))
    failure = Failure(
        source="manual", uri="scan.pdf", revision="r", stage="parse", error="ParseError", message="no text"
    )
    with store.writing():
        store.replace(entries, dict(zip(texts, vectors, strict=True)))
        store.remove("manual", [documents[-1].uri])
        store.record([failure])
        store.record_run("manual", {"added": len(entries)})


def make(name: str) -> None:
    """Write `name.zip` and `name.json`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "store"
        fingerprint = json.dumps({"chunker": "1", "embedder": json.loads(WORDS.fingerprint.to_json())}, sort_keys=True)
        Catalog.create(folder, fingerprint=fingerprint, tenant="local").close()
        documents = [_document(number, subject) for number, subject in enumerate((*SUBJECTS, "anvil"))]
        with opened(folder) as store:
            _fill(store, documents)
            found = snapshot(store)
        for signed in folder.glob("writer.*"):
            signed.unlink()
        STORES.mkdir(parents=True, exist_ok=True)
        shutil.make_archive(str(STORES / name), "zip", folder)
    (STORES / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    make(sys.argv[1])
