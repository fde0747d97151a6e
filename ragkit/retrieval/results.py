"""What a search found, and what it made of the query."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ragkit.documents import Hit, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever


@dataclass(frozen=True, kw_only=True)
class Results:
    """Hits, best first, and the query that found them.

    `spelled` has the words that no chunk has and what was searched for instead; `absent` what the query asks for word
    for word and nothing holds that the viewer may read; `rarities` how rare each word of the query is, from 0 for one
    that half of the chunks have to 1 for one that none has; `trace` what it cost beyond the search itself.
    `unembedded` of the chunks that the viewer may read and the filter admits were searched by words alone, since their
    vectors are still to come.
    """

    query: str
    hits: Sequence[Hit]
    spelled: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    rarities: Mapping[str, float] = field(default_factory=dict)
    trace: Mapping[str, float] = field(default_factory=dict)
    unembedded: int = 0


@runtime_checkable
class Telling(Protocol):
    """A retriever that tells what it made of the query. Whoever has it for a base has `retrieve` from it."""

    @abstractmethod
    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the hits, best first, and what was searched for."""
        ...

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the hits alone."""
        return list(self.results(query, limit=limit, where=where, viewer=viewer).hits)


def results(
    retriever: Retriever, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer
) -> Results:
    """Return what any retriever finds; one that tells nothing searched for the query as it is."""
    if isinstance(retriever, Telling):
        return retriever.results(query, limit=limit, where=where, viewer=viewer)
    return Results(query=query, hits=retriever.retrieve(query, limit=limit, where=where, viewer=viewer))
