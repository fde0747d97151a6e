"""Hits in documents that are written down here, and a retriever that always finds the same ones."""

from collections.abc import Sequence

from ragkit.documents import Chunk, Document, Hit, Section, Viewer
from ragkit.filters import Filter


def document(uri: str, **sections: str) -> Document:
    """Return a document with these texts below these headings, its uri as its title."""
    text, spans = "", []
    for heading, body in sections.items():
        spans.append(Section(heading=heading, start=len(text), end=len(text) + len(body), page=1))
        text += body
    return Document(uri=uri, text=text, source="s", revision="1", title=uri, sections=tuple(spans))


def hit(document: Document, text: str, *, score: float = 1, ordinal: int = 0) -> Hit:
    """Return the hit of a stretch of a document, the first that reads so."""
    start = document.text.index(text)
    section = next(one for one in document.sections if one.start <= start < one.end)
    chunk = Chunk(
        document_id=document.id,
        ordinal=ordinal,
        text=text,
        start=start,
        end=start + len(text),
        uri=document.uri,
        title=document.title,
        heading=section.heading,
        page=section.page,
    )
    return Hit(chunk=chunk, score=score, why={"dense_score": score})


def texts(hits: Sequence[Hit]) -> list[str]:
    """Return what the hits say."""
    return [one.chunk.text for one in hits]


class Finding:
    """A retriever that always finds the same, and a library with the documents. `asked` has the limits."""

    def __init__(self, hits: Sequence[Hit], *documents: Document) -> None:
        self.hits = list(hits)
        self.documents = {one.id: one for one in documents}
        self.asked: list[int] = []
        self.read: list[tuple[str, Viewer]] = []

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        """Return the first of the hits."""
        self.asked.append(limit)
        return self.hits[:limit]

    def document(self, document_id: str, *, viewer: Viewer) -> Document | None:
        """Return a document, and remember who read it."""
        self.read.append((document_id, viewer))
        return self.documents.get(document_id)
