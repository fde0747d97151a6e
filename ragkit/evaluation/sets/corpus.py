"""The documents of a collection, on the road that every document takes into a store."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ragkit.documents import Document, Listing, Metadata, Resource
from ragkit.errors import ConfigError
from ragkit.evaluation.sets.rows import Row, parsed, read_rows
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.readers.plain import paragraphs
from ragkit.store.catalog.values import flaw


class Corpus:
    """A connector for a file of one document a line: `_id`, `title`, `text`, `metadata`.

    Only the places of the lines are kept in memory. Of two lines with one id the first counts; `repeated` is how
    many others there were.
    """

    def __init__(self, file: Path, *, name: str) -> None:
        self.name = name
        self.repeated = 0
        self._file = file
        self._places: dict[str, int] = {}

    def list(self) -> Iterator[Listing]:
        """Yield every document; ConfigError if a line is broken or there is none."""
        self._places.clear()
        self.repeated = 0
        for row in read_rows(self._file):
            identity = row.identity("_id", "id")
            if identity in self._places:
                self.repeated += 1
                continue
            self._places[identity] = row.start
            yield Listing(uri=identity, revision=_revision(row), title=one_line(row.text("title")))
        if not self._places:
            raise ConfigError(f"{str(self._file)!r} is empty. Write one document a line.", setting="corpus")

    def fetch(self, listing: Listing) -> Resource:
        """Return the text of a document; one that has a title only is its title."""
        with self._file.open("rb") as lines:
            lines.seek(self._places[listing.uri])
            raw = lines.readline().removeprefix(b"\xef\xbb\xbf").strip()
        row = parsed(raw, place=f"{str(self._file)!r}, document {listing.uri!r}", start=0)
        return Resource(
            uri=listing.uri,
            body=(paragraphs(row.text("text")).strip() or listing.title).encode(),
            media_type="text/plain",
            revision=listing.revision,
            title=listing.title,
            metadata=_metadata(row),
        )

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class RowParser:
    """Takes the cleaned text of a `Corpus` as it is: no child process is needed to read it."""

    versions = ("",)

    def parse(self, resource: Resource, *, source: str) -> Document:
        """Return the document."""
        return Document(
            uri=resource.uri,
            text=resource.body.decode(),
            source=source,
            revision=resource.revision,
            title=resource.title,
            media_type=resource.media_type,
            metadata=resource.metadata,
        )


def _revision(row: Row) -> str:
    return hashlib.blake2b(row.raw, digest_size=16).hexdigest()


def _metadata(row: Row) -> Metadata:
    """Return what of the metadata a store keeps; lists and tables of other tools are no values to it."""
    metadata = row.values.get("metadata")
    pairs = metadata.items() if isinstance(metadata, dict) else ()
    return {key: value for key, value in pairs if not flaw(key) and not flaw(value)}
