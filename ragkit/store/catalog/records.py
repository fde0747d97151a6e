"""Rows of the catalog and the nouns they stand for."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ragkit.documents import Chunk, Document, Section, stable_id
from ragkit.errors import StoreDamaged
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.values import require_storable

Rows = npt.NDArray[np.int64]

CHUNK_COLUMNS = "c.document_id, c.ordinal, c.text, c.start, c.stop, d.uri, d.title, c.heading, c.page, d.metadata, c.id"
DOCUMENT_COLUMNS = (
    "id, source, uri, revision, title, media_type, text, sections, metadata, access, updated_at, indexed_at"
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A document on its way into the store. `keys` has, for each chunk, the hash of the text that was embedded.

    Raises:
        ParseError: the document holds a value that would not come back as it was.
    """

    document: Document
    chunks: Sequence[Chunk]
    keys: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse it here, before any part of it is written."""
        require_storable(self.document, self.chunks)

    @cached_property
    def ids(self) -> Sequence[str]:
        """The ids of the chunks, in order.

        They depend on the document and the embedded text, not on the place: a paragraph put in front changes one
        chunk, not all that follow.
        """
        seen: Counter[str] = Counter()
        document_id = self.document.id
        ids = []
        for key in self.keys:
            ids.append(stable_id(document_id, key, str(seen[key])))
            seen[key] += 1
        return ids


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One stored document as a list shows it."""

    id: str
    source: str
    uri: str
    title: str
    media_type: str
    chunks: int
    characters: int
    indexed_at: str


def access_row(groups: Iterable[str]) -> str:
    """Return the column `access` of who may read a document."""
    return json.dumps(sorted(groups))


def document_row(document: Document) -> tuple[object, ...]:
    """Return the values of `DOCUMENT_COLUMNS`."""
    return (
        document.id,
        document.source,
        document.uri,
        document.revision,
        document.title,
        document.media_type,
        document.text,
        json.dumps([vars(section) for section in document.sections]),
        json.dumps(dict(document.metadata)),
        access_row(document.access),
        document.updated_at.isoformat() if document.updated_at else None,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def read_document(row: sqlite3.Row | tuple[str, ...]) -> Document:
    """Make a document of the columns with which `reading.document` asks for one.

    Raises:
        StoreDamaged: what should be JSON is not, here and in `read_chunk`.
    """
    source, uri, revision, title, media_type, text, sections, metadata, access, updated_at, parser = row
    return Document(
        source=source,
        uri=uri,
        revision=revision,
        title=title,
        media_type=media_type,
        text=text,
        sections=tuple(Section(**section) for section in _loaded(sections, uri)),
        metadata=_loaded(metadata, uri),
        access=frozenset(_loaded(access, uri)),
        updated_at=datetime.fromisoformat(updated_at) if updated_at else None,
        parser=parser,
    )


def read_chunk(row: Sequence[object]) -> Chunk:
    """Make a chunk of the values of `CHUNK_COLUMNS`, the id left aside."""
    document_id, ordinal, text, start, stop, uri, title, heading, page, metadata = row[:10]
    values: Mapping[str, object] = {
        "document_id": document_id,
        "ordinal": ordinal,
        "text": text,
        "start": start,
        "end": stop,
        "uri": uri,
        "title": title,
        "heading": heading,
        "page": page,
        "metadata": _loaded(metadata, uri),
    }
    return Chunk(**values)  # type: ignore[arg-type]  # the columns have these types by the schema


def _loaded(column: object, uri: object) -> Any:
    try:
        return json.loads(str(column))
    except ValueError as error:
        message = f"what the store has of {uri!r} is no JSON. Put back a copy of its folder."
        raise StoreDamaged(message) from error


def pack(vector: Vectors) -> bytes:
    """Return a vector as little-endian float32."""
    return vector.astype("<f4").tobytes()


def unpack(blobs: Sequence[bytes]) -> Vectors:
    """Return the vectors as rows. No blobs, no rows.

    Raises:
        StoreDamaged: one has another length than the rest.
    """
    if not blobs:
        return np.zeros((0, 0), np.float32)
    try:
        return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)
    except ValueError as error:
        raise StoreDamaged("the store has a broken vector. Run: ragkit store repair") from error


def integers(joined: str | None) -> Rows:
    """Return the numbers of a `group_concat`: five times as fast as fetching the rows."""
    return np.fromstring(joined, np.int64, sep=",") if joined else np.zeros(0, np.int64)
