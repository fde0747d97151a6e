"""What a workspace is made of: its store and its models, each made when it is first used."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from ragkit import wiring
from ragkit.config import Config
from ragkit.errors import RagkitError
from ragkit.ingestion.indexing import chunker
from ragkit.ingestion.ingest import DocumentParser
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.embedding.embedder import Embedder
from ragkit.pipeline import Pipeline
from ragkit.prompting.replies import Replies
from ragkit.retrieval.stages.rerank import JudgeReranker
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.fingerprints import store_fingerprint
from ragkit.store.index.base import Indexes
from ragkit.store.opening import open_store
from ragkit.store.store import Store

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

_log = logging.getLogger(__name__)
_Made = TypeVar("_Made")


class made_once(cached_property[_Made]):
    """A cached property that is made once however many threads ask at once: since Python 3.12 functools' own is not."""

    def __init__(self, make: Callable[[Any], _Made]) -> None:
        super().__init__(make)
        self._making = threading.RLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> _Made: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> Self | _Made:
        with self._making:
            return super().__get__(instance, owner)


class Parts:
    """The store of a folder and the models that go with it. Use it in a `with` block, or call `close` at the end.

    `indexes` and `parser` stand in for Chroma and the parser's child process.
    """

    def __init__(
        self,
        config: Config,
        *,
        embedding: "Embedder | Embeddings | str",
        chat: "BaseChatModel | str",
        indexes: Indexes | None = None,
        parser: DocumentParser | None = None,
    ) -> None:
        self.config = config
        self._embedding = embedding
        self._chat = chat
        self._indexes = indexes
        self._parser = parser

    def __repr__(self) -> str:
        # Of a model no more than its class: it may hold a key.
        made = [each if isinstance(each, str) else type(each).__name__ for each in (self._embedding, self._chat)]
        return f"<{type(self).__name__} {str(self.config.store.path)!r}, embedding={made[0]}, chat={made[1]}>"

    @made_once
    def embedder(self) -> Embedder:
        """The embedding model, loaded on first use.

        Raises:
            ModelUnavailable: it is not there.
        """
        return wiring.embedder(self._embedding, self.config)

    @made_once
    def engine(self) -> ChatEngine:
        """The chat model that answers, found on first use.

        Raises:
            ModelUnavailable: it is not there.
        """
        return wiring.chat_engine(self._chat, self.config, embedder=lambda: self.embedder)

    @made_once
    def reranker(self) -> JudgeReranker | None:
        """What orders the passages that were found, if the settings name one; its model is loaded when there are some.

        Raises:
            ConfigError: the settings name something else.
        """
        return wiring.reranker(self.config, engine=lambda: self.engine) if self.config.models.reranker else None

    @made_once
    def _replies(self) -> Replies | None:
        # With a temperature the same question is meant to get another answer.
        most = 0 if self.config.models.temperature else self.config.assistant.cache
        return Replies(most) if most else None

    @made_once
    def store(self) -> Store:
        """The store, which must exist.

        Raises:
            StoreError: nothing was ingested here yet.
            StoreDamaged: its catalog can't be read.
            IndexMismatch: it was built with another embedder.
        """
        folder = self.config.store.path
        return open_store(folder, self._indexes or wiring.indexes(self.config), fingerprint=self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """What a store must have been built with to be used with this embedder and this size of chunks."""
        made_by = chunker(self.embedder, self.config.store.chunk_tokens)
        return store_fingerprint(self.embedder.fingerprint, chunker=made_by)

    def prepare(self) -> None:
        """Load the models and read the store into memory, so that the first question need not wait for it.

        A server calls it when it starts, or has a thread of its own do so: a question that comes meanwhile is answered
        as soon as without.

        Raises:
            StoreError: nothing was ingested here yet.
            StoreDamaged: its catalog can't be read.
            IndexMismatch: it was built with another embedder.
            ModelError: a model is not there.
        """
        self.store.prepare()
        # Loaded with the first text, whatever it says.
        self.embedder.embed_query("ready")
        self.engine.prepare()

    @contextmanager
    def maintenance(self) -> Iterator[Store]:
        """Open the store without its embedder: to count, check, repair and forget, not to search or ingest.

        Raises:
            StoreError: nothing was ingested here yet.
            StoreDamaged: its catalog can't be read.
        """
        with open_store(self.config.store.path, self._indexes or wiring.indexes(self.config)) as store:
            yield store

    @property
    def exists(self) -> bool:
        """Whether anything was ever ingested here."""
        return Catalog.exists(self.config.store.path)

    @made_once
    def _pipeline(self) -> Pipeline:
        return Pipeline(
            store=self.store, embedder=self.embedder, config=self.config, reranker=self.reranker, replies=self._replies
        )

    def close(self) -> None:
        """Close the store, if it was opened. Calling it twice is fine."""
        if "store" in self.__dict__:
            self.store.close()
            self.__dict__.pop("_pipeline", None)
            del self.__dict__["store"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def prepare_in_background(prepare: Callable[[], None]) -> threading.Thread:
    """Prepare in a thread of its own; what goes wrong there, the first question meets again and tells."""

    def run() -> None:
        try:
            prepare()
        except RagkitError as error:
            _log.info("not all was read ahead (%s)", type(error).__name__)

    thread = threading.Thread(target=run, name="ragkit-prepare", daemon=True)
    thread.start()
    return thread
