"""Bring a source and the store level: what is new is added, what changed replaced, what is gone removed."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Literal, Protocol, get_args

from ragkit.connector import Connector
from ragkit.documents import Document, Listing, Resource, Stage
from ragkit.errors import ModelError, PromptTooLong, RagkitError, ResourceUnavailable, StoreError
from ragkit.ingestion.indexing import batches, cut, fill, put
from ragkit.models.embedding.embedder import Embedder
from ragkit.store.catalog.records import Entry
from ragkit.store.catalog.writing import Failure
from ragkit.store.store import Store

Outcome = Literal["added", "updated", "reread", "unchanged", "failed"]
# So many documents are on their way at once, two of them being parsed and two fetched or cut meanwhile; and so many may
# wait for the store.
_READERS, _AHEAD = 4, 8


class DocumentParser(Protocol):
    """Turns the bytes of a resource into a document. An ingest asks it from several threads at once."""

    @property
    def versions(self) -> Collection[str]:
        """Every `Document.parser` that it gives today. What has another one is parsed again."""
        ...

    def parse(self, resource: Resource, *, source: str) -> Document:
        """Return the document, or raise ParseError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One resource is done. `total` is how many the source listed.

    Afterwards come the vectors of what is new: the outcome `embedded` is a batch of texts, without a uri; `done` and
    `total` count the texts that had none.
    """

    uri: str
    outcome: Outcome | Literal["embedded"]
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class IngestReport:
    """What a run did. Every listed resource is counted once; `embedded` counts the texts that went to the model.

    Among these may be texts of an earlier run that did not come to them. `reread` counts what the source has as it was,
    and a newer parser has read again.
    """

    source: str
    added: int = 0
    updated: int = 0
    reread: int = 0
    unchanged: int = 0
    deleted: int = 0
    chunks: int = 0
    embedded: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def failed(self) -> int:
        """The number of resources that could not be ingested."""
        return len(self.failures)


@dataclass(kw_only=True)
class Ingest:
    """Syncs sources into one store. `retry` tries again what failed before and has not changed since.

    A chunk has at most `chunk_tokens`; 0 leaves it to the embedder's window.
    """

    store: Store
    parser: DocumentParser
    embedder: Embedder
    chunk_tokens: int = 0
    retry: bool = False
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)

    def sync(self, connector: Connector) -> IngestReport:
        """Bring one source level and return what was done.

        What is new is found by words at once, and by meaning when all of it was read. A changed document is exchanged
        in one step, for both. A resource that can't be fetched or parsed is recorded, and the others go on; its earlier
        version stays.

        Raises:
            ConnectorError: the source can't be listed; nothing is changed then.
            StoreLocked: another process writes.
            ModelUnavailable: the embedder does not work. What is stored by then stays; the next run, of any source,
                goes on from there.
        """
        with self.store.writing():
            run = _Run(self, connector)
            report = run.finish()
            self.store.record_run(connector.name, asdict(report) | {"parsers": sorted(self.parser.versions)})
        return report


class _Run:
    """One source on its way into the store."""

    def __init__(self, ingest: Ingest, connector: Connector) -> None:
        self._ingest = ingest
        self._connector = connector
        self._store = ingest.store
        self._known = ingest.store.revisions(connector.name)
        self._outdated = ingest.store.outdated(connector.name, ingest.parser.versions)
        self._is_as_before = ingest.store.last_run(connector.name).get("parsers") == sorted(ingest.parser.versions)
        self._failed_before = {failure.uri: failure for failure in ingest.store.failures(connector.name)}
        self._listings = list(connector.list())
        # First of all, so that nobody reads what they no longer may while other documents are fetched, or can't be.
        access = {listing.uri: listing.access for listing in self._listings if listing.access is not None}
        self._readmitted = ingest.store.admit(connector.name, access) if access else set()
        self._done = 0
        self._counts: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
        self._failures: list[Failure] = []
        self._sizes: dict[str, int] = {}
        self._embedded = 0
        # Connectors need not know of threads.
        self._fetching = Lock()
        self._is_over = False

    def finish(self) -> IngestReport:
        """Do all of it: the words of what is new, what changed, what is gone, and at last all vectors that lack."""
        todo = list(self._changed())
        new = [listing for listing in todo if listing.uri not in self._known]
        for batch in batches(self._read(new), growing=True):
            self._store.replace(batch, {})
            self._tell_stored(batch, "added")
        for batch in batches(self._read([listing for listing in todo if listing.uri in self._known])):
            self._put(batch)
        self._store.record(self._failures)
        gone = self._gone()
        deleted = self._store.remove(self._connector.name, gone) if gone else 0
        self._fill()
        return IngestReport(
            source=self._connector.name,
            added=self._counts["added"],
            updated=self._counts["updated"],
            reread=self._counts["reread"],
            unchanged=self._counts["unchanged"],
            deleted=deleted,
            chunks=sum(self._sizes.values()),
            embedded=self._embedded,
            failures=tuple(self._failures),
        )

    def _changed(self) -> Iterator[Listing]:
        for listing in self._listings:
            before = self._failed_before.get(_storable(listing.uri))
            # A failure beside what is stored is of a version in between: reading the file again takes it off the list.
            is_stored = self._known.get(listing.uri) == listing.revision and listing.uri not in self._outdated
            if is_stored and not before:
                self._tell(listing.uri, "updated" if listing.uri in self._readmitted else "unchanged")
            elif before and before.revision == _storable(listing.revision) and self._is_final(before):
                self._fail(before)
            else:
                yield listing

    def _is_final(self, failure: Failure) -> bool:
        # What a source could not give just now, it may give today; what one parser could not read, a newer one may.
        is_older = failure.stage == "parse" and not self._is_as_before
        return not (self._ingest.retry or is_older or failure.error == ResourceUnavailable.__name__)

    def _read(self, listings: Sequence[Listing]) -> Iterator[Entry]:
        """Fetch and parse some documents ahead of the one that is being stored."""
        ahead = ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="ragkit-parse")
        waiting: deque[Future[Entry | Failure]] = deque()
        try:
            for listing in listings:
                waiting.append(ahead.submit(self._entry, listing))
                if len(waiting) > _AHEAD:
                    yield from self._accepted(waiting.popleft().result())
            while waiting:
                yield from self._accepted(waiting.popleft().result())
        except BaseException:
            self._is_over = True
            raise
        finally:
            # What is on its way then nobody takes: it ends when parser and connector are closed.
            ahead.shutdown(wait=False, cancel_futures=True)

    def _accepted(self, result: Entry | Failure) -> Iterator[Entry]:
        if isinstance(result, Failure):
            self._fail(result)
        else:
            yield result

    def _entry(self, listing: Listing) -> Entry | Failure:
        stage: Stage = "fetch"
        try:
            resource = self._fetched(listing)
            stage = "parse"
            document = self._ingest.parser.parse(resource, source=self._connector.name)
            # The listing's revision and groups are what the next run compares with.
            access = document.access if listing.access is None else listing.access
            document = replace(document, revision=listing.revision, access=access)
            return cut(document, self._ingest.embedder, chunk_tokens=self._ingest.chunk_tokens)
        except (StoreError, ModelError):
            raise
        except RagkitError as error:
            return _failure(self._connector.name, listing, stage, error)

    def _fetched(self, listing: Listing) -> Resource:
        """Return a resource, if somebody is there to take it."""
        with self._fetching:
            resource = self._connector.fetch(listing)
        if self._is_over:
            raise RagkitError(f"{listing.uri!r} is not read: the run is over")
        return resource

    def _put(self, entries: Sequence[Entry]) -> None:
        try:
            self._embedded += put(entries, store=self._store, embedder=self._ingest.embedder)
        except PromptTooLong as error:
            # A model whose tokens can only be estimated finds one of the texts longer than it was taken to be.
            self._put_one_by_one(entries, error)
            return
        for entry in entries:
            is_same = self._known.get(entry.document.uri) == entry.document.revision
            self._tell_stored([entry], "reread" if is_same and entry.document.uri in self._outdated else "updated")

    def _put_one_by_one(self, entries: Sequence[Entry], error: PromptTooLong) -> None:
        if len(entries) > 1:
            for entry in entries:
                self._put([entry])
            return
        document = entries[0].document
        self._fail(_failure(document.source, Listing(uri=document.uri, revision=document.revision), "embed", error))

    def _fill(self) -> None:
        filled = fill(self._store, self._ingest.embedder, on_batch=self._tell_embedded)
        self._embedded += filled.embedded
        for failure in filled.failures:
            # A document of another source, or of an earlier run, was none of this one's.
            if failure.source == self._connector.name:
                outcome: Outcome = "added" if self._sizes.pop(failure.uri, None) is not None else "unchanged"
                self._counts[outcome] -= 1
                self._failures.append(failure)

    def _gone(self) -> list[str]:
        listed = {_storable(listing.uri) for listing in self._listings}
        stored = self._known.keys() | self._failed_before.keys()
        return sorted(stored - listed)

    def _fail(self, failure: Failure) -> None:
        self._failures.append(failure)
        self._tell(failure.uri, "failed")

    def _tell_stored(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        for entry in entries:
            self._sizes[entry.document.uri] = len(entry.chunks)
            self._tell(entry.document.uri, outcome)

    def _tell_embedded(self, done: int, total: int) -> None:
        self._ingest.on_progress(Progress(uri="", outcome="embedded", done=done, total=total))

    def _tell(self, uri: str, outcome: Outcome) -> None:
        self._done += 1
        self._counts[outcome] += 1
        self._ingest.on_progress(Progress(uri=uri, outcome=outcome, done=self._done, total=len(self._listings)))


def _failure(source: str, listing: Listing, stage: Stage, error: RagkitError) -> Failure:
    return Failure(
        source=source,
        uri=_storable(listing.uri),
        revision=_storable(listing.revision),
        stage=stage,
        error=type(error).__name__,
        message=str(error),
    )


def _storable(name: str) -> str:
    """Return a connector's uri or revision as a failure can hold it: what is no character is written out."""
    return str(name).encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
