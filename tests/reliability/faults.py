"""Writers of a store whose disk fails at a chosen step, and a look at what each one left."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from ragkit.documents import Viewer, stable_id
from ragkit.errors import StoreError
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.ingestion.ingest import Ingest, Progress
from ragkit.ingestion.reindex import Reindex
from ragkit.store.backup import back_up, restore
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.migration import migrate
from ragkit.store.index.base import Finding
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.index.probe import examine
from ragkit.store.index.seal import cut_short
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, PlainParser, WordEmbeddings
from tests.reliability.growing import run
from tests.reliability.small_disk import Fault, uncap

OWNER = Viewer.local()
# So wide that the file of the vectors outgrows Chroma's database.
WORDS = WordEmbeddings(dimension=512)
# What a store is reindexed for.
OTHER = WordEmbeddings(dimension=480)
EMBEDDERS = {"words": WORDS, "other": OTHER}
FLUSH = 100
# Three batches of words and three of vectors.
DOCUMENTS = 96
SECTIONS = 4


def texts(revision: int, documents: int = DOCUMENTS) -> dict[str, str]:
    """Return what the source holds: 96 documents of four chunks, of which a later revision changes every other one."""
    return {f"doc-{n}": _text(n, revision if n % 2 else 0) for n in range(documents)}


def _text(number: int, revision: int) -> str:
    return "\n\n".join(f"# {part}\n\nfact{number}x{part}v{revision}" for part in range(SECTIONS))


class _Indexes(FolderIndexes):
    """Chroma's indexes, probed in this process: nothing here ends it, and a new one takes a second."""

    def probe(self, name: str, folder: Path, *, most: int) -> Finding:
        if file := cut_short(folder / "index" / name):
            return Finding(indexed=0, fault=f"{file} was written in part only")
        try:
            return examine(self.open(name), folder, most=most)
        except StoreError as error:
            return Finding(indexed=0, fault=type(error).__name__)


def opened(folder: Path, *, failpoint: Callable[[str], None] = lambda _: None) -> Store:
    """Return the store of a folder, made if there is none."""
    if not Catalog.exists(folder):
        Catalog.create(folder, fingerprint="words", tenant="local").close()
    indexes = _Indexes(folder / "index", partial(ChromaIndex, sync_threshold=FLUSH))
    return Store(Catalog(folder), indexes, folder=folder, failpoint=failpoint)


def ingest(store: Store, held: Mapping[str, str], tell: Callable[[str], None] = lambda _: None) -> None:
    """Bring the store to these texts."""

    def heard(progress: Progress) -> None:
        if progress.outcome in ("added", "updated"):
            tell(progress.uri)

    Ingest(store=store, parser=PlainParser(), embedder=WORDS, on_progress=heard).sync(
        MemoryConnector(held, name="source")
    )


@dataclass(kw_only=True)
class Told:
    """What a writer said of its work. `error` has the base classes of what it raised, the nearest first."""

    stored: list[str] = field(default_factory=list)
    error: list[str] = field(default_factory=list)
    message: str = ""
    lost: list[str] = field(default_factory=list)


def work(job: str, folder: Path, place: Path, fault: Fault, *, result: Path) -> None:
    """Do a job with a store while a disk fails, and tell how it went."""
    told, left = Told(), fault.nth

    def failpoint(step: str) -> None:
        nonlocal left
        left -= step == fault.at
        if step == fault.at and left == 0:
            fault.how(place)
        if step == fault.until:
            uncap()

    try:
        failpoint("begin")
        JOBS[job](folder, failpoint, told)
    except BaseException as error:  # noqa: BLE001  # whatever comes out is what the test is about
        told.error, told.message = [kind.__name__ for kind in type(error).__mro__], str(error)
    uncap()
    result.write_text(json.dumps(asdict(told)), encoding="utf-8")


Failpoint = Callable[[str], None]
Job = Callable[[Path, Failpoint, Told], None]


def _of_store(do: Callable[[Store, Told], None]) -> Job:
    def job(folder: Path, failpoint: Failpoint, told: Told) -> None:
        with opened(folder, failpoint=failpoint) as store:
            failpoint("opened")
            do(store, told)

    return job


def _rebuild(store: Store, told: Told) -> None:
    with store.writing():
        store.rebuild()


def _compact(store: Store, told: Told) -> None:
    with store.writing():
        store.compact()


def _reindex(store: Store, told: Told) -> None:
    Reindex(store=store, embedder=OTHER, fingerprint="other").run()


def _back_up(store: Store, told: Told) -> None:
    back_up(store.folder, store.folder / "backup.zip")


def _search(store: Store, told: Told) -> None:
    told.lost = lost(store, texts(0))


def _restore(folder: Path, failpoint: Failpoint, told: Told) -> None:
    restore(folder.with_name("backup.zip"), folder)
    _of_store(_rebuild)(folder, failpoint, told)


def _migrate(folder: Path, failpoint: Failpoint, told: Told) -> None:
    migrate(folder, failpoint=failpoint)


JOBS: dict[str, Job] = {
    "ingest": _of_store(lambda store, told: ingest(store, texts(0), told.stored.append)),
    "replace": _of_store(lambda store, told: ingest(store, texts(1), told.stored.append)),
    "delete": _of_store(lambda store, told: ingest(store, texts(0, DOCUMENTS // 2), told.stored.append)),
    "rebuild": _of_store(_rebuild),
    "compact": _of_store(_compact),
    "reindex": _of_store(_reindex),
    "back up": _of_store(_back_up),
    "search": _of_store(_search),
    "restore": _restore,
    "migrate": _migrate,
}
AIMS = {"replace": texts(1), "delete": texts(0, DOCUMENTS // 2)}


def done(job: str, folder: Path, place: Path, fault: Fault) -> Told:
    """Do a job in a process of its own and return what it told."""
    result = place.with_name("told.json")
    result.unlink(missing_ok=True)
    process = run(work, job, folder, place, fault, result=result)
    process.join(60)
    assert result.exists(), f"the writer ended with {process.exitcode}"
    return Told(**json.loads(result.read_text("utf-8")))


@dataclass(kw_only=True)
class Look:
    """What a new process finds in a store."""

    texts: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    chunks: int = 0
    indexed: int = 0
    lacking: int = 0
    fault: str = ""
    error: str = ""


def look(folder: Path, whole: bool, *, result: Path) -> None:
    """Read every document, search for every chunk by its own vector, and examine the index if that is wanted."""
    found = Look()
    try:
        with opened(folder) as store:
            documents = [store.document(row.id, viewer=OWNER) for row in store.documents(viewer=OWNER)]
            found.texts = {document.uri: document.text for document in documents if document}
            found.lost = lost(store, dict(list(found.texts.items())[::3]))
            stats = store.stats()
            found.chunks, found.indexed, found.lacking = stats.chunks, stats.indexed, stats.unembedded
            found.fault = store.examine().fault if whole else ""
    except Exception as error:  # noqa: BLE001  # told, and the test fails
        found.error = f"{type(error).__name__}: {error}"
    result.write_text(json.dumps(asdict(found)), encoding="utf-8")


def looked(folder: Path, place: Path, *, whole: bool = False) -> Look:
    """Look at a store in a process of its own."""
    result = place.with_name("look.json")
    result.unlink(missing_ok=True)
    process = run(look, folder, whole, result=result)
    process.join(90)
    assert result.exists(), f"the reader ended with {process.exitcode}"
    return Look(**json.loads(result.read_text("utf-8")))


def lost(store: Store, held: Mapping[str, str]) -> list[str]:
    """Return the documents that are not found by a chunk's vector, or its words if it has none; each time another's."""
    return [uri for uri, text in held.items() if not _is_found(store, uri, text)]


def _is_found(store: Store, uri: str, text: str) -> bool:
    connector = MemoryConnector({uri: text}, name="source")
    (listing,) = connector.list()
    document = PlainParser().parse(connector.fetch(listing), source="source")
    chunks = chunk_document(document, window=WORDS.window, count_tokens=WORDS.count_tokens)
    embedded = embedded_text(chunks[random.randrange(len(chunks))])
    if store.known([stable_id(embedded)]):
        embedder = EMBEDDERS[store.stats().fingerprint]
        hits = store.nearest(embedder.embed_documents([embedded])[0], limit=3, viewer=OWNER)
        return [hit.chunk.uri for hit in hits if hit.score > 0.9999] == [uri]
    return [hit.chunk.uri for hit in store.matching(embedded, limit=1, viewer=OWNER)] == [uri]
