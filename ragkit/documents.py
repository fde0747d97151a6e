"""The nouns of ragkit: what a connector lists, what parsing makes of it, and what an index holds."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

Value = str | int | float | bool
Metadata = Mapping[str, Value]

PATH = " > "
"""What stands between the headings of a path."""


def stable_id(*parts: str) -> str:
    """Return 32 hex digits that depend on the parts and on where one ends and the next begins."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()


def groups_of(named: Iterable[str]) -> frozenset[str]:
    """Return the groups that are named; one text is one group, not its letters."""
    return frozenset([named] if isinstance(named, str) else named)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One thing that a connector can fetch.

    `revision` is the source's own sign of change (mtime and size, an ETag): compared, never parsed. `access` names the
    groups that may read it, and holds at the next ingest whatever the revision; None leaves that to the resource.
    """

    uri: str
    revision: str
    title: str = ""
    access: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The bytes of one listing, not yet parsed. `access` names the groups that may read it, unless the listing does."""

    uri: str
    body: bytes
    media_type: str
    revision: str
    title: str = ""
    updated_at: datetime | None = None
    metadata: Metadata = field(default_factory=dict)
    access: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Section:
    """A stretch of a document's text below one heading and on one page.

    `start` and `end` are character offsets into `Document.text`. `heading` is the path of headings,
    outermost first, joined by " > "; it is empty above the first heading. `page` counts from 1 and is
    None where the format has no pages.
    """

    heading: str
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed resource: its whole text, and the sections that cover the text in order without overlap.

    `parser` is what read it, and in which version, such as "html 2"; empty where a parser does not tell.
    """

    uri: str
    text: str
    source: str
    revision: str
    title: str
    media_type: str = "text/plain"
    sections: tuple[Section, ...] = ()
    updated_at: datetime | None = None
    metadata: Metadata = field(default_factory=dict)
    access: frozenset[str] = frozenset()
    parser: str = ""

    @cached_property
    def id(self) -> str:
        """The same for every revision of the same uri of the same source."""
        return stable_id(self.source, self.uri)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A span of a document: `document.text[chunk.start:chunk.end] == chunk.text`, always."""

    document_id: str
    ordinal: int
    text: str
    start: int
    end: int
    uri: str
    title: str
    heading: str = ""
    page: int | None = None
    metadata: Metadata = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, int, int]:
        """Its document, and from where to where in that."""
        return self.document_id, self.start, self.end

    def is_still_in(self, document: Document | None) -> bool:
        """Whether the document is there, and has not changed here since the chunk was found."""
        return document is not None and document.text[self.start : self.end] == self.text


def names_above(title: str, heading: str, text: str) -> list[str]:
    """Return title and headings, outermost first, without those that the text begins with."""
    path = [part for part in heading.split(PATH) if part]
    names = path if not title or path[:1] == [title] else [title, *path]
    head = [line for line in text[: sum(len(name) + 3 for name in names)].split("\n") if line]
    said = next((count for count in range(len(names), 0, -1) if head[:count] == names[-count:]), 0)
    return names[: len(names) - said]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A chunk that was found. Scores compare within one list only; higher is better.

    `why` holds what made the score, e.g. `dense_score`, `lexical_score`. `repeats` are the chunks that were found, too,
    and left out because they say the same again. `parts` are the hits that were put together to this one, in the order
    of the document; none, if it was found as it is.
    """

    chunk: Chunk
    score: float
    why: Mapping[str, float] = field(default_factory=dict)
    repeats: tuple[Chunk, ...] = ()
    parts: tuple["Hit", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who asks. A document is visible to a viewer of the same tenant who is in one of its groups.

    A document without groups is visible to the owner alone: what nobody was allowed to see, nobody sees.
    """

    tenant: str = "local"
    groups: frozenset[str] = frozenset()
    owner: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", groups_of(self.groups))

    @classmethod
    def local(cls) -> "Viewer":
        """Return the owner of an embedded store, who sees all of it."""
        return cls(owner=True)


Stage = Literal["list", "fetch", "parse", "embed", "store"]
