"""A word with inner capitals is found by what it is made of, and by itself no less than before."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ragkit.documents import Chunk, Document
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.lexical import parts_of, telling_words
from ragkit.store.catalog.records import Entry
from ragkit.store.catalog.schema import TOKENIZER
from ragkit.store.memory import postings
from ragkit.store.memory.memory import Memory
from ragkit.store.store import Store
from ragkit.testing import MemoryIndexes
from tests.store import naive
from tests.store.documents import OWNER, by_fts5, by_words, document, put, texts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    Catalog.create(tmp_path / "store", fingerprint="w", tenant="local").close()
    with Store(Catalog(tmp_path / "store"), MemoryIndexes(), folder=tmp_path / "store") as made:
        yield made


def found(store: Store, query: str) -> list[str]:
    return [hit.chunk.text for hit in store.matching(query, limit=9, viewer=OWNER)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Call XCreateWindow, then XCreateWindow again.", "Create Window"),
        # Broken on purpose: `_cut` without a look for a seam.
        ("an HTTPServer; self.HTML5Parser()", "HTTP Server HTML5 Parser"),
        ("base64Encode at 10Mbps", "base64 Encode 10 Mbps"),
        ("siRNAs and mRNA", "si RNAs RNA"),
        # Broken on purpose: `_SEAM` without what may not follow takes these plurals to pieces.
        ("PDFs, URLs: DNA of COVID-19", ""),
        # Broken on purpose: `_cut` giving parts of two letters alone.
        ("the WiFi at 5 kHz", ""),
        ("Plain words, snake_case and ALL_CAPS, the École", ""),
    ],
)
def test_what_words_with_inner_capitals_are_made_of(text: str, parts: str) -> None:
    assert parts_of("", text) == parts


def test_plain_words_find_the_word_that_they_are_parts_of(store: Store) -> None:
    put(store, document("a", "Call XCreateWindow."), document("b", "A kettle is red."))
    # Broken on purpose: `add_chunks` given '' for `parts`.
    assert found(store, "how do I create windows?") == found(store, "create_window") == ["Call XCreateWindow."]


def test_parts_of_the_title_and_the_heading_count_too(store: Store) -> None:
    whole = Document(uri="u", source="m", revision="1", title="The waterKettle", text="It is red.")
    chunk = Chunk(document_id=whole.id, ordinal=0, text=whole.text, start=0, end=10, uri="u", title=whole.title,
                  heading="The fuseBox")  # fmt: skip
    with store.writing():
        store.replace([Entry(document=whole, chunks=[chunk], keys=["k"])], {"k": naive.vectors(1)[0]})
    assert found(store, "water") == found(store, "box") == ["It is red."]


def test_the_parts_of_a_word_that_is_asked_for_are_looked_for_side_by_side(store: Store) -> None:
    put(store, document("a", "Call create_window.", "A window to create.", "Call createWindow."))
    assert telling_words("createWindow in iOS") == ["createwindow", "ios", "create_window"]
    # Broken on purpose: `telling_words` without the parts finds the last one alone.
    assert found(store, "createWindow") == ["Call createWindow.", "Call create_window."]


def test_what_is_asked_for_word_for_word_and_counted_is_what_is_written(store: Store) -> None:
    put(store, document("a", "Call createWindow."), document("b", "To create window frames."))
    # Broken on purpose: `_AS_WRITTEN` empty.
    rows = store.with_words(["create", "window"], viewer=OWNER)
    assert [chunk.uri for chunk in store.read(rows, viewer=OWNER).values()] == ["b"]
    assert len(store.documents_with(["window"], viewer=OWNER)) == 1


def test_a_removed_chunk_takes_its_parts_along(store: Store) -> None:
    put(store, document("a", "Call createWindow."))
    put(store, document("a", "Call closeDoor."))
    assert (found(store, "window"), found(store, "door")) == ([], ["Call closeDoor."])
    with closing(sqlite3.connect(store.folder / "catalog.db")) as connection:
        # Raises if the index has other words than the view. Broken on purpose: `chunk_removed` without `parts`.
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("most_new", [0, 2_000])
def test_memory_and_the_catalog_rank_parts_alike(store: Store, monkeypatch: pytest.MonkeyPatch, most_new: int) -> None:
    monkeypatch.setattr(postings, "_MOST_NEW", most_new)
    draw = np.random.default_rng(3)
    names = ["createWindow", "create", "window", "HTTPServer", "server", "kettle", "create_window", "XMapWindow"]
    with closing(Memory(store.folder / "catalog.db")) as held:
        for number in range(20):
            put(store, document(f"{number % 15} fuseBox", " ".join(draw.choice(names, draw.integers(1, 12)))))
            for query in ("create window", "createWindow", "map servers", "fuse kettle", "HTTPServer box"):
                assert by_words(held, query, 5) == by_fts5(store, query, 5)


def test_without_inner_capitals_words_score_to_the_last_bit_as_without_parts(store: Store) -> None:
    put(store, *(document(f"{number} kettle", *texts(number)) for number in range(30)))
    with closing(sqlite3.connect(store.folder / "catalog.db")) as connection:
        rows = connection.execute("SELECT row, title, heading, text FROM searchable").fetchall()
    with closing(sqlite3.connect(":memory:")) as plain, closing(Memory(store.folder / "catalog.db")) as held:
        plain.execute(f"CREATE VIRTUAL TABLE words USING fts5 (title, heading, text, tokenize = '{TOKENIZER}')")
        plain.executemany("INSERT INTO words (rowid, title, heading, text) VALUES (?, ?, ?, ?)", rows)
        for word in ("kettle", "boiling", "red", "case"):
            best = plain.execute(
                "SELECT rowid, -bm25(words, 1.0, 2.0, 1.0) AS score FROM words WHERE words MATCH ? "
                "ORDER BY score DESC, rowid LIMIT 20",
                (word,),
            ).fetchall()
            # Broken on purpose: neither `parts_of` nor `_cut` looking for a seam.
            assert by_words(held, word) == best
