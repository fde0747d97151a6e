"""What a search must find, worked out in plain Python for each chunk: nothing here is shared with the store."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragkit.documents import Chunk, Document, Value, Viewer
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range
from ragkit.models.embedding.embedder import Vectors

TEXTS = ("source", "uri", "title", "media_type", "heading")


@dataclass(frozen=True, eq=False)
class Kept:
    """A chunk as it was put into the store."""

    document: Document
    chunk: Chunk
    vector: Vectors


def sees(viewer: Viewer, document: Document) -> bool:
    return viewer.tenant == "local" and (viewer.owner or bool(viewer.groups & document.access))


def holds(where: Filter | None, kept: Kept) -> bool | None:
    """Whether a filter holds; None where it asks for a field that is missing."""
    match where:
        case None:
            return True
        case Not(part):
            found = holds(part, kept)
            return None if found is None else not found
        case And(parts):
            return _all([holds(part, kept) for part in parts])
        case Or(parts):
            found = _all([holds(Not(part), kept) for part in parts])
            return None if found is None else not found
        case Equals(field, value):
            return _is_one_of(field, [value], kept)
        case In(field, values):
            return _is_one_of(field, values, kept)
        case Range():
            return _lies_between(where, kept)


def nearest(store: Sequence[Kept], vector: Vectors, limit: int) -> list[str]:
    return [kept.chunk.text for kept in sorted(store, key=lambda kept: -float(kept.vector @ vector))[:limit]]


def bm25(store: Sequence[Kept], words: Sequence[str]) -> dict[str, float]:
    """Return the score of every chunk of a store that has any of the words, by its text."""
    texts = {kept.chunk.text: _words(kept) for kept in store}
    average = sum(len(found) for found in texts.values()) / max(len(texts), 1)
    scores: dict[str, float] = {}
    for word in words:
        having = sum(word in found for found in texts.values())
        idf = max(math.log((len(texts) - having + 0.5) / (having + 0.5)), 1e-6)
        for kept in store:
            found = texts[kept.chunk.text]
            if word in found:
                # A word in a heading counts twice.
                count = found.count(word) + _split(kept.chunk.heading).count(word)
                norm = 1.2 * (0.25 + 0.75 * len(found) / average)
                score = idf * count * 2.2 / (count + norm)
                scores[kept.chunk.text] = scores.get(kept.chunk.text, 0.0) + score
    return scores


def _words(kept: Kept) -> list[str]:
    return [word for part in (kept.document.title, kept.chunk.heading, kept.chunk.text) for word in _split(part)]


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _all(found: Sequence[bool | None]) -> bool | None:
    if any(each is False for each in found):
        return False
    return None if None in found else True


def _value(field: str, kept: Kept) -> Value | None:
    if field in ("heading", "page"):
        found = getattr(kept.chunk, field)
    elif field in TEXTS:
        found = getattr(kept.document, field)
    else:
        found = kept.document.metadata.get(field)
    return found  # type: ignore[no-any-return]


def _kind(value: Value | None) -> type:
    return float if type(value) is int else type(value)


def _same(field: str, first: Value, second: Value | None) -> bool:
    if field in TEXTS and not isinstance(first, str):
        first = str(first).lower() if isinstance(first, bool) else str(first)
    return _kind(first) is _kind(second) and first == second


def _is_one_of(field: str, values: Sequence[Value], kept: Kept) -> bool | None:
    found = _value(field, kept)
    return None if found is None else any(_same(field, value, found) for value in values)


def _lies_between(where: Range, kept: Kept) -> bool | None:
    found = _value(where.field, kept)
    if found is None:
        return None
    low, high = (
        str(bound) if where.field in TEXTS and bound is not None else bound for bound in (where.low, where.high)
    )
    above = low is None or (_kind(low) is _kind(found) and low <= found)  # type: ignore[operator]
    return above and (high is None or (_kind(high) is _kind(found) and found <= high))  # type: ignore[operator]


def vectors(count: int, *, seed: int = 0, dimension: int = 16) -> Vectors:
    """Return unit vectors without two alike."""
    found = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)
