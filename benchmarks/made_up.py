"""Documents and vectors to fill a store with, the same whenever they are made."""

import random
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from ragkit.documents import Chunk, Document, stable_id
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.records import Entry

DIMENSIONS = 384
PER_DOCUMENT = 8
PER_CLUSTER = 200
LETTERS = 800
BUCKETS = 100
QUERY_WORDS = 8


def clustered(count: int, *, seed: int) -> Vectors:
    """Return unit vectors around random centres, so that near ones exist, as they do among texts."""
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((max(1, count // PER_CLUSTER), DIMENSIONS), dtype=np.float32)
    rows = centres[draw.integers(0, len(centres), count)]
    rows += draw.standard_normal(rows.shape, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def nearby(rows: Vectors, count: int) -> Vectors:
    """Return unit vectors to ask for, each near one of the rows but none of them."""
    near = rows[np.random.default_rng(2).integers(len(rows), size=count)]
    noise = np.random.default_rng(3).standard_normal(near.shape, dtype=np.float32)
    near += noise / np.linalg.norm(noise, axis=1, keepdims=True)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    return near


def vectors_of(entries: Sequence[Entry], *, seed: int) -> dict[str, Vectors]:
    """Return a vector for each key."""
    keys = [key for entry in entries for key in entry.keys]
    return dict(zip(keys, clustered(len(keys), seed=seed), strict=True))


def documents(chunks: int, *, labelled: bool = False) -> list[Entry]:
    """Return documents of a few chunks each, of words as rare and as common as those of a language.

    With `labelled` each has one of a hundred buckets and one of two halves, in its metadata and among its readers.
    """
    draw = random.Random(1)
    words, weights = vocabulary(draw)
    return [
        document(
            f"{number:06}",
            [text(draw, words, weights) for _ in range(min(PER_DOCUMENT, chunks - number))],
            labels=labels(number // PER_DOCUMENT) if labelled else None,
        )
        for number in range(0, chunks, PER_DOCUMENT)
    ]


def queries(count: int) -> list[str]:
    """Return questions of eight words each, drawn as those of the documents are."""
    words, weights = vocabulary(random.Random(1))
    draw = random.Random(2)
    return [" ".join(draw.choices(words, cum_weights=weights, k=QUERY_WORDS)) for _ in range(count)]


def vocabulary(draw: random.Random) -> tuple[list[str], list[float]]:
    """Return words, and how often they are used, summed up."""
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 9))) for _ in range(20_000)]
    return words, list(accumulate(1 / rank for rank in range(1, len(words) + 1)))


def labels(number: int) -> dict[str, int]:
    """Return what the document of this number can be filtered by."""
    return {"bucket": number % BUCKETS, "half": number // BUCKETS % 2}


def text(draw: random.Random, words: Sequence[str], weights: Sequence[float]) -> str:
    """Return the text of one chunk."""
    return " ".join(draw.choices(words, cum_weights=weights, k=LETTERS // 6))[:LETTERS]


def document(uri: str, texts: Sequence[str], *, revision: str = "1", labels: Mapping[str, int] | None = None) -> Entry:
    """Return a document made of these chunks."""
    labels = labels or {}
    made = Document(
        uri=uri,
        text="\n".join(texts),
        source="benchmark",
        revision=revision,
        title=f"Number {uri}",
        metadata=labels,
        access=frozenset(f"{name}-{value}" for name, value in labels.items()),
    )
    starts = [0, *accumulate(len(part) + 1 for part in texts)]
    chunks = [
        Chunk(
            document_id=made.id,
            ordinal=ordinal,
            text=part,
            start=start,
            end=start + len(part),
            uri=uri,
            title=made.title,
            metadata=made.metadata,
        )
        for ordinal, (part, start) in enumerate(zip(texts, starts, strict=False))
    ]
    return Entry(document=made, chunks=chunks, keys=[stable_id(part) for part in texts])


def rewritten(entries: Sequence[Entry], changed: int, *, each: int) -> list[Entry]:
    """Return documents, evenly spread, with new texts in their first `each` chunks, until so many chunks are new."""
    count = min(len(entries), changed // each)
    picked = [entries[number * len(entries) // count] for number in range(count)]
    return [
        document(
            entry.document.uri,
            [f"{'New.' if place < each else ''}{chunk.text}" for place, chunk in enumerate(entry.chunks)],
            revision="2",
        )
        for entry in picked
    ]


def differing(before: Sequence[Entry], after: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Return the ids that only the earlier selves of these documents have, and those that only the later have."""
    earlier = {entry.document.id: entry.ids for entry in before}
    later = {row for entry in after for row in entry.ids}
    known = {row for entry in after for row in earlier[entry.document.id]}
    return sorted(known - later), sorted(later - known)
