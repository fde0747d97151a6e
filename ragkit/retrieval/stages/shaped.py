"""The last stage of a search: which of the hits are shown, and how much of what stands around them."""

from dataclasses import replace

from ragkit.documents import Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.results import Results, Telling, results
from ragkit.retrieval.stages.diversity import capped, diverse, without_repeats
from ragkit.retrieval.stages.sections import Documents, with_sections

SPARE = 2
"""How many times the bound of a document should pass the stages before this one, whose order may be another."""

# So many times the limit is asked for where some hits have to give way. With `SPARE` times the bound below, at most
# every second of them does, so that the limit is filled.
_CHOSEN_FROM = 3


class ShapedRetriever(Telling):
    """Chooses among what a retriever finds, whose order is final, and grows it to whole sections.

    At most `per_document` hits are of one document, if not 0. With a `relevance` below 1 they are chosen to differ, see
    `diversity.diverse`. Sections of at most `section_characters` are shown whole, as the viewer may read them.
    """

    def __init__(
        self,
        retriever: Retriever,
        documents: Documents,
        *,
        per_document: int = 0,
        relevance: float = 1,
        section_characters: int = 0,
    ) -> None:
        self._retriever = retriever
        self._documents = documents
        self._per_document = per_document
        self._relevance = relevance
        self._section_characters = section_characters

    def results(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> Results:
        """Return the hits that are shown, best first: fewer than `limit` where sections became one."""
        chooses = bool(self._per_document) or self._relevance < 1
        wanted = limit * _CHOSEN_FROM if chooses else limit
        found = results(self._retriever, query, limit=wanted, where=where, viewer=viewer)
        # Several searches for one question may each have kept another one of two that repeat each other.
        kept = capped(without_repeats(found.hits), self._per_document)
        chosen = diverse(kept, limit=limit, relevance=self._relevance)
        longest = self._section_characters
        return replace(
            found,
            hits=with_sections(
                chosen, longest=longest, read=lambda identity: self._documents.document(identity, viewer=viewer)
            ),
        )
