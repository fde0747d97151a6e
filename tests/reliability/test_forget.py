"""R12: what is forgotten is not found at once, and after a purge not one byte of it is in the store's folder."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ragkit.documents import Document, Viewer
from ragkit.filters import And, Equals, Filter
from ragkit.ingestion.chunking import embedded_text
from ragkit.ingestion.indexing import cut, put
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import pack
from ragkit.store.catalog.writing import Failure
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.store import Store
from ragkit.testing import WordEmbeddings

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
OWNER = Viewer.local()
WORDS = WordEmbeddings(dimension=32)


def canary(number: int, place: str) -> str:
    """A word of 32 letters that stands nowhere else."""
    return f"{place}{number:03d}".ljust(32, "q")


def document(number: int, *, source: str) -> Document:
    text = "\n\n".join(f"{canary(number, 'text')}{part} is what person {number % 5} wrote." for part in range(3))
    return Document(
        uri=f"{canary(number, 'uri')}.md", text=text, source=source, revision="1", title=canary(number, "title"),
        metadata={"person": number % 5, "note": canary(number, "note")}, access=frozenset({canary(number, "group")}),
    )  # fmt: skip


DOCUMENTS = [document(number, source=("letters", "mails")[number % 2]) for number in range(60)]


def opened(folder: Path) -> Store:
    return Store(
        Catalog(folder), FolderIndexes(folder / "index", partial(ChromaIndex, sync_threshold=50)), folder=folder
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Sixty documents of two sources and five persons, and a failure that names a person's file."""
    Catalog.create(tmp_path / "store", fingerprint="w", tenant="local").close()
    with opened(tmp_path / "store") as store:
        with store.writing():
            put([cut(each, WORDS) for each in DOCUMENTS], store=store, embedder=WORDS)
            store.record([failure("letters", canary(999, "uri"))])
            store.record_run("letters", {"failures": [canary(999, "uri")]})
        yield store


def failure(source: str, uri: str) -> Failure:
    return Failure(source=source, uri=uri, revision="1", stage="parse", error="ParseError", message=f"{uri} is broken")


def remains(folder: Path, needle: bytes) -> list[str]:
    """Return the files that hold the bytes, in their bodies or in their names."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if needle in file.read_bytes() or needle in os.fsencode(file)]


CHOICES: dict[str, tuple[Filter, set[int]]] = {
    "a document": (And((Equals("source", "letters"), Equals("uri", DOCUMENTS[4].uri))), {4}),
    "a source": (Equals("source", "mails"), set(range(1, 60, 2))),
    "a person": (Equals("person", 3), set(range(3, 60, 5))),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_what_is_forgotten_is_not_found_at_once(store: Store, choice: str) -> None:
    where, gone = CHOICES[choice]
    with store.writing():
        assert store.forget(where).documents == len(gone)
        for number, each in enumerate(DOCUMENTS):
            words = store.matching(canary(number, "text") + "0", limit=60, viewer=OWNER)
            near = store.nearest(WORDS.embed_query(each.text), limit=60, viewer=OWNER)
            # Broken on purpose: `forget` without `remove`.
            assert bool(words) == (number not in gone)
            assert (each.uri in {hit.chunk.uri for hit in near}) <= (number not in gone)
    assert not store.examine().fault


@pytest.mark.parametrize("choice", CHOICES)
def test_a_purge_leaves_no_byte(store: Store, choice: str) -> None:
    where, gone = CHOICES[choice]
    assert remains(store.folder, canary(4, "text").encode())
    assert remains(store.folder, cut(DOCUMENTS[4], WORDS).ids[0].encode())
    with store.writing():
        store.forget(where)
        store.compact()
    # Broken on purpose, one at a time: no `write_words_anew`, a log that is not truncated, no `rebuild`. Without VACUUM
    # it fails where SQLite was not built to overwrite what it deletes, as Debian's is.
    for number in gone:
        needles = [canary(number, place).encode() for place in ("text", "uri", "title", "note", "group")]
        entry = cut(DOCUMENTS[number], WORDS)
        vectors = WORDS.embed_documents([embedded_text(chunk) for chunk in entry.chunks])
        needles += [pack(vector) for vector in vectors]
        needles += [identity.encode() for identity in (DOCUMENTS[number].id, *entry.ids)]
        assert not [needle for needle in needles if remains(store.folder, needle)]
    kept = set(range(60)) - gone
    assert {each.uri for each in store.documents(viewer=OWNER)} == {DOCUMENTS[number].uri for number in kept}
    assert not store.examine().fault


def test_a_forgotten_source_takes_its_failures_and_reports_along(store: Store) -> None:
    with store.writing():
        assert store.forget(Equals("source", "letters")).failures == 1
        store.compact()
    assert store.failures() == []
    # Broken on purpose: `forget` keeping the runs.
    assert not remains(store.folder, canary(999, "uri").encode())


def test_a_purged_store_is_as_small_as_a_fresh_one(store: Store, tmp_path: Path) -> None:
    with store.writing():
        store.forget(Equals("source", "mails"))
        # Broken on purpose: no VACUUM.
        store.compact()
    Catalog.create(tmp_path / "fresh", fingerprint="w", tenant="local").close()
    with opened(tmp_path / "fresh") as fresh, fresh.writing():
        put([cut(each, WORDS) for each in DOCUMENTS if each.source == "letters"], store=fresh, embedder=WORDS)
    with opened(tmp_path / "fresh") as fresh:
        assert store.stats().bytes <= 1.2 * fresh.stats().bytes


def test_a_half_built_successor_is_purged_too(store: Store) -> None:
    other = WordEmbeddings(dimension=16)
    with store.writing(), store.successor("other") as successor, successor.writing():
        put([cut(DOCUMENTS[4], other)], store=successor, embedder=other)
    assert remains(store.folder / "next", canary(4, "text").encode())
    with store.writing():
        store.forget(Equals("uri", DOCUMENTS[4].uri))
        store.compact()
    assert not remains(store.folder, canary(4, "text").encode())
