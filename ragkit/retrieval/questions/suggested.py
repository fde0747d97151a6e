"""What may be asked next: headings beside the passages of an answer, each of which a search for it finds."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ragkit.documents import Chunk, Document, Hit, Section, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.questions.unclear import leaf
from ragkit.retrieval.refusing.evidence import evidence
from ragkit.retrieval.stages.sections import Documents
from ragkit.text.sentences import telling

_MOST_TRIED = 8
_MOST_DOCUMENTS = 3
_LOOKED_AT = 3
_LONGEST = 80
_ASKS = re.compile(r"\?$")
# They say where something stands, not what.
_SAYS_NOTHING = frozenset(
    {"about", "appendix", "contents", "example", "further reading", "general", "home", "introduction", "more"}
    | {"more information", "notes", "overview", "references", "related", "see also", "sources", "summary"}
)


@dataclass(frozen=True, kw_only=True)
class Suggester:
    """Finds what may be asked next. `words` searches by words, so that it costs next to nothing.

    At most `most` are returned, and `least` is the evidence that each must bring. None is returned that `is_stopped`:
    a rule would decide it before the search.
    """

    words: Retriever
    documents: Documents
    most: int
    least: float
    is_stopped: Callable[[str], bool] = lambda _: False

    def after(
        self, asked: Sequence[str], cited: Sequence[Chunk], hits: Sequence[Hit], *, viewer: Viewer, where: Filter | None
    ) -> tuple[str, ...]:
        """Return short questions, the nearest to what was cited first; none if nothing was cited.

        `asked` are the questions so far, of which none comes again; `hits` are what was found for the last one.
        """
        found: dict[str, None] = {}
        for tried, (phrase, place) in enumerate(self._beside(cited, hits, viewer)):
            if len(found) >= self.most or tried >= _MOST_TRIED:
                break
            if phrase not in found and not _was_asked(phrase, asked) and self._finds(phrase, place, viewer, where):
                found[phrase] = None
        return tuple(found)

    def _beside(self, cited: Sequence[Chunk], hits: Sequence[Hit], viewer: Viewer) -> Iterator[tuple[str, Chunk]]:
        """Yield headings with a chunk that tells where they stand: of sections near by, then of other passages."""
        if not cited or not self.most:
            return
        for identity in list(dict.fromkeys(chunk.document_id for chunk in cited))[:_MOST_DOCUMENTS]:
            document = self.documents.document(identity, viewer=viewer)
            if document:
                yield from _neighbours(document, [chunk for chunk in cited if chunk.document_id == identity])
        for hit in hits:
            if not any(hit.chunk.document_id == one.document_id and hit.chunk.heading == one.heading for one in cited):
                yield from _phrased(hit.chunk.title, hit.chunk.heading, hit.chunk)

    def _finds(self, phrase: str, place: Chunk, viewer: Viewer, where: Filter | None) -> bool:
        if self.is_stopped(phrase):
            return False
        hits = self.words.retrieve(phrase, limit=_LOOKED_AT, where=where, viewer=viewer)
        there = any(hit.chunk.document_id == place.document_id and hit.chunk.heading == place.heading for hit in hits)
        return there and evidence(phrase, hits) >= self.least


def _neighbours(document: Document, cited: Sequence[Chunk]) -> Iterator[tuple[str, Chunk]]:
    """Yield the headings of sections that are not cited, those behind the first cited one before those in front."""
    sections = document.sections
    shown = {section.heading for section in sections if any(_holds(section, chunk) for chunk in cited)}
    first = next((place for place, section in enumerate(sections) if _holds(section, cited[0])), 0)
    for section in [*sections[first + 1 :], *reversed(sections[:first])]:
        if section.heading not in shown:
            chunk = Chunk(
                document_id=document.id,
                ordinal=0,
                text="",
                start=section.start,
                end=section.end,
                uri=document.uri,
                title=document.title,
                heading=section.heading,
            )
            yield from _phrased(document.title, section.heading, chunk)


def _holds(section: Section, chunk: Chunk) -> bool:
    return section.start < chunk.end and chunk.start < section.end


def _phrased(title: str, heading: str, place: Chunk) -> Iterator[tuple[str, Chunk]]:
    name = leaf(heading)
    if not name or name.lower() in _SAYS_NOTHING or name.lower() == title.lower() or not telling(name):
        return
    phrase = name if _ASKS.search(name) else f"{title}: {name}"
    if len(phrase) <= _LONGEST:
        yield phrase, place


def _was_asked(phrase: str, asked: Sequence[str]) -> bool:
    wanted = set(telling(phrase))
    name = set(telling(phrase.partition(": ")[2]))
    return any(wanted <= had or (name and name <= had) for had in (set(telling(question)) for question in asked))
