"""LangChain in and out: ragkit's retrieval and assistants as LangChain parts, LangChain's loaders as connectors."""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict, SkipValidation

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.documents import Hit, Listing, Resource, Value, Viewer, groups_of, stable_id
from ragkit.errors import ResourceRejected
from ragkit.filters import Filter
from ragkit.prompting.conversation import Turn
from ragkit.retrieval.base import Retriever


def as_retriever(retriever: Retriever, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> BaseRetriever:
    """Return a LangChain retriever. Its documents have uri, title, heading, page, start, end and score as metadata."""
    return _Retriever(retriever=retriever, limit=limit, where=where, viewer=viewer)


def as_runnable(
    assistant: Assistant, *, history: Sequence[Turn] = (), where: Filter | None = None, viewer: Viewer
) -> Runnable[str, Answer]:
    """Return a LangChain runnable: a question in, an `Answer` out."""
    asking = partial(assistant.ask, history=history, where=where, viewer=viewer)
    return RunnableLambda(asking, name=assistant.profile.name)


def from_loader(loader: BaseLoader, *, name: str, access: Collection[str] = ()) -> "LoaderConnector":
    """Return a connector for what a LangChain loader loads. `access` names the groups that may read it.

    A document's uri is its metadata's `source`, numbered where several share one; its revision is a hash of its
    text and metadata, so a changed document replaces itself. Listing loads everything: loaders know no cheaper way.
    """
    return LoaderConnector(loader, name=name, access=access)


class LoaderConnector:
    """A LangChain loader behind the `Connector` protocol."""

    def __init__(self, loader: BaseLoader, *, name: str, access: Collection[str] = ()) -> None:
        self.name = name
        self._loader = loader
        self._access = groups_of(access)
        self._loaded: dict[str, LangChainDocument] = {}

    def list(self) -> Iterator[Listing]:
        """Load everything, then yield it in the loader's order."""
        self._loaded = {}
        for document in self._loader.lazy_load():
            self._loaded[self._free_uri(document)] = document
        for uri, document in self._loaded.items():
            revision = stable_id(document.page_content, json.dumps(_plain(document.metadata), sort_keys=True))
            yield Listing(uri=uri, revision=revision, title=_title(document, uri), access=self._access)

    def fetch(self, listing: Listing) -> Resource:
        """Return the text of a listed document as plain text."""
        document = self._loaded.get(listing.uri)
        if document is None:
            raise ResourceRejected(f"{listing.uri!r} was not loaded. List first.", uri=listing.uri)
        return Resource(
            uri=listing.uri,
            body=document.page_content.encode("utf-8", "replace"),
            media_type="text/plain",
            revision=listing.revision,
            title=listing.title,
            metadata=_plain(document.metadata),
            access=self._access,
        )

    def close(self) -> None:
        """Let go of what was loaded."""
        self._loaded = {}

    def _free_uri(self, document: LangChainDocument) -> str:
        uri = str(document.metadata.get("source") or document.id or "document")
        if uri not in self._loaded:
            return uri
        number = 2
        while f"{uri}#{number}" in self._loaded:
            number += 1
        return f"{uri}#{number}"


class _Retriever(BaseRetriever):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: SkipValidation[Retriever]
    limit: int
    where: SkipValidation[Filter | None]
    viewer: Viewer

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        del run_manager
        hits = self.retriever.retrieve(query, limit=self.limit, where=self.where, viewer=self.viewer)
        return [_langchain_document(hit) for hit in hits]


def _langchain_document(hit: Hit) -> LangChainDocument:
    chunk = hit.chunk
    place = {
        "uri": chunk.uri,
        "title": chunk.title,
        "heading": chunk.heading,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "score": hit.score,
    }
    return LangChainDocument(page_content=chunk.text, metadata=dict(chunk.metadata) | place)


def _title(document: LangChainDocument, uri: str) -> str:
    return str(document.metadata.get("title") or uri)


def _plain(metadata: dict[str, Any]) -> dict[str, Value]:
    return {str(key): value for key, value in metadata.items() if isinstance(value, str | int | float | bool)}
