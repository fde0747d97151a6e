"""A store with the models that go with it, behind one door: what the command line, the pages and programs use."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit import wiring
from ragkit.answer import Answer
from ragkit.answering.refusals import decided_by_rules
from ragkit.assistant import Assistant, accepted, require_kinds
from ragkit.config import Config
from ragkit.config_file import load_config
from ragkit.connector import Connector, Guarded, Listed
from ragkit.documents import Hit, Viewer
from ragkit.errors import ConfigError, StoreFull
from ragkit.filters import Filter, narrowed
from ragkit.ingestion.indexing import fill
from ragkit.ingestion.ingest import DocumentParser, Ingest, IngestReport, Progress
from ragkit.ingestion.reindex import Reindex, ReindexReport
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.embedding.embedder import Embedder
from ragkit.parsing.parser import Parser
from ragkit.parts import Parts
from ragkit.pipeline import recording, ruled, rules, scope
from ragkit.profile import Profile, load_profile, readable
from ragkit.recording.recorder import rate
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.results import Results, results
from ragkit.store.backup import Manifest, back_up
from ragkit.store.backup import restore as unpack
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.damage import repair_command
from ragkit.text.redaction import without_secrets

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

_log = logging.getLogger(__name__)


def open_workspace(
    path: Path | str | None = None,
    *,
    config: Config | None = None,
    embedding: "Embedder | Embeddings | str | None" = None,
    chat: "BaseChatModel | str | None" = None,
) -> "Workspace":
    """Return the workspace of a store folder; nothing is opened or loaded until it is used.

    Without `config` the settings come from `ragkit.toml` in the working directory and the environment. `path`,
    `embedding` and `chat` go over them: a model string as in the settings, or an object (any LangChain chat
    model, any LangChain `Embeddings`).

    Raises:
        ConfigError: the settings are wrong, or none.
    """
    config = load_config() if config is None else config
    if not isinstance(config, Config):
        message = f"{config!r} are no settings. Write load_config(Path(...)), or Config(...), from ragkit."
        raise ConfigError(message, setting="config", value=config)
    if path is not None:
        store = config.store.model_copy(update={"path": Path(path).expanduser()})
        config = config.model_copy(update={"store": store})
    return Workspace(config, embedding=embedding or config.models.embedding, chat=chat or config.models.chat)


class Workspace(Parts):
    """Ingest into a store, search it, ask it. Use it in a `with` block, or call `close` at the end."""

    def ingest(
        self,
        target: Connector | Path | str,
        *,
        name: str = "",
        retry: bool = False,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> IngestReport:
        """Bring a source into the store and return what was done; the store is made if there is none.

        `target` is a file or folder, an http address, the name of a source of the settings, or a connector.
        `name` calls the source something else than its path or address. A source `support/handbook` is read by
        the assistant `support` alone. `retry` tries again what failed before and has not changed since.

        Raises:
            ConfigError: the target is none of these.
            ConnectorError: the source can't be listed; the store is as it was.
            StoreLocked: another process writes.
        """
        with closing(wiring.connector(target, self.config, name=name)) as source:
            # A source that can't be listed leaves no empty store behind.
            connector = Guarded(source) if self.exists else Listed(source)
            if not self.exists:
                tenant = self.config.store.tenant
                Catalog.create(self.config.store.path, fingerprint=self.fingerprint, tenant=tenant).close()
            with self._parsing() as parser:
                report = Ingest(
                    store=self.store,
                    parser=parser,
                    embedder=self.embedder,
                    chunk_tokens=self.config.store.chunk_tokens,
                    retry=retry,
                    on_progress=on_progress,
                ).sync(connector)
        counts = report.added, report.updated, report.deleted, report.failed
        # An address may have a password in it.
        _log.info("%s: %d added, %d updated, %d deleted, %d failed", without_secrets(report.source), *counts)
        return report

    def reindex(self, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> ReindexReport:
        """Give the store chunks of this workspace's size with vectors of its embedder, from its text; see `Reindex`.

        Raises:
            StoreError: nothing was ingested here yet.
            StoreLocked: another process writes.
        """
        with self.maintenance() as store:
            return Reindex(
                store=store,
                embedder=self.embedder,
                fingerprint=self.fingerprint,
                chunk_tokens=self.config.store.chunk_tokens,
                on_progress=on_progress,
            ).run()

    def repair(self, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """Build the vector index anew, embed what lacks its vector, and return how many vectors there are.

        Raises:
            StoreError: nothing was ingested here yet.
            StoreLocked: another process writes.
            ModelUnavailable: something lacks its vector, and the embedder does not work.
        """
        with self.maintenance() as store, store.writing():
            vectors = store.rebuild()
            lacking = store.count_unembedded()
        if not lacking:
            return vectors
        with self.store.writing():
            fill(self.store, self.embedder, on_batch=on_progress)
        return self.store.stats().indexed

    def backup(self, file: Path | str) -> Manifest:
        """Write the store to one file, also while it is read and written, and return what is in it; see `back_up`.

        Raises:
            StoreError: nothing was ingested here yet, or the file can't be written, or is there and no backup.
        """
        return back_up(self.config.store.path, Path(file).expanduser())

    def restore(self, file: Path | str) -> Manifest:
        """Make this store of a backup, where there is none, and build its index; see `backup.restore`.

        Raises:
            StoreDamaged: the file is not, to the byte, what `backup` wrote.
            StoreFull: there is no room for the store, or for its index alone.
            StoreError: there is a store, the file can't be read, or a newer ragkit wrote it.
        """
        folder = self.config.store.path
        manifest = unpack(Path(file).expanduser(), folder)
        try:
            with self.maintenance() as store, store.writing():
                store.rebuild()
        except StoreFull as error:
            message = f"{str(folder)!r} is restored, but there is no room for its index. Free some space"
            raise StoreFull(f"{message}. Run: {repair_command(folder)}") from error
        return manifest

    def retriever(self) -> Retriever:
        """Return the search over this store: by meaning and by words, fused, and reranked if the settings say so."""
        return self._pipeline.retriever()

    def search(
        self,
        query: str,
        *,
        assistant: str | None = None,
        limit: int | None = None,
        where: Filter | None = None,
        viewer: Viewer,
    ) -> list[Hit]:
        """Return the hits of `results`."""
        return list(self.results(query, assistant=assistant, limit=limit, where=where, viewer=viewer).hits)

    def results(
        self,
        query: str,
        *,
        assistant: str | None = None,
        limit: int | None = None,
        where: Filter | None = None,
        viewer: Viewer,
    ) -> Results:
        """Return the best hits of a query, best first, and what was made of it. No chat model is asked.

        With `assistant` only what that assistant reads is searched.

        Raises:
            ConfigError: the query is empty or longer than `limits.question`, there is no such assistant, or something
                is of the wrong kind.
        """
        require_kinds(viewer)
        query = accepted(query, most=self.config.limits.question)
        where = narrowed(where, scope(self.store, load_profile(assistant).name) if assistant else None)
        return results(self.retriever(), query, limit=self._limit(limit), where=where, viewer=viewer)

    def assistant(
        self, profile: Profile | Path | str | None = None, *, limit: int | None = None, engine: ChatEngine | None = None
    ) -> Assistant:
        """Return an assistant over this store: legal, support, triage, or your own profile, itself or its path.

        It may be kept, and asked by several threads at once. `engine` answers instead of the workspace's own.

        Raises:
            ConfigError: there is no such assistant.
            ModelUnavailable: the chosen chat model is not there.
        """
        profile = load_profile(profile or self.config.assistant.default)
        engine = engine or self.engine
        return self._pipeline.assistant(profile, engine, drafting=wiring.drafting(engine), limit=self._limit(limit))

    def decided_by_rules(self, question: str, *, assistant: str | None = None) -> Answer | None:
        """Return the answer that an assistant's rules give, without store or model; None if no rule fits.

        Ask this first: a question about an emergency is answered even where `assistant` would raise.

        Raises:
            ConfigError: there is no such assistant.
        """
        profile = load_profile(assistant or self.config.assistant.default)
        locale = self.config.assistant.locale
        answer = decided_by_rules(question, profile=profile, guards=rules(profile), locale=locale)
        return ruled(answer, profile, self.config)

    def rate(self, record: str, *, good: bool, note: str = "") -> None:
        """Add to the record of an answer whether it was good, and why; the last rating counts.

        Raises:
            ConfigError: there is no such record, or the note is too long.
            StoreError: the records can't be written.
        """
        how = recording(self.config)
        rate(how.journal, record, rating=1 if good else -1, note=note, redacts=how.redacts)

    def sources(self, assistant: str | None = None) -> list[str]:
        """Return the names of the sources that have documents here, sorted; with `assistant` those that it reads."""
        sources = self.store.sources()
        return readable(sources, load_profile(assistant).name) if assistant else sources

    def _limit(self, limit: int | None) -> int:
        limit = self.config.retrieval.limit if limit is None else limit
        if limit < 1:
            raise ConfigError(f"limit = {limit} is refused. Give at least 1.", setting="limit", value=limit)
        return limit

    @contextmanager
    def _parsing(self) -> Iterator[DocumentParser]:
        limits = self.config.limits
        if self._parser:
            yield self._parser
        else:
            with Parser(timeout=limits.parse_seconds, max_bytes=limits.file_bytes) as parser:
                yield parser
