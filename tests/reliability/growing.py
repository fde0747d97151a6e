"""A store that grows, changes and loses documents, round by round, in child processes that are killed."""

import json
import math
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

from ragkit.documents import Document, Viewer, stable_id
from ragkit.filters import Equals
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.ingestion.ingest import Ingest, Progress
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, PlainParser, WordEmbeddings
from tests.reliability.aims import Aim, MarkedIndexes
from tests.reliability.forked import ForkedIndexes

OWNER = Viewer.local()
WORDS = WordEmbeddings(dimension=32)
FAILPOINTS = ("before commit", "after commit", "before upsert", "after upsert", "before swap", "after swap")
# What multiprocessing says when the forking process could not tell it how a child ended.
UNKNOWN = 255
DOCUMENTS_A_ROUND = 25
SECTIONS = 4
WIDE = 1000
# That only an exact search found a vector.
MISSED = -1
LACKING = "vectors lack:"

# Forked from a process that has imported everything and opened nothing: a new process in 20 ms. With what Chroma
# imports when it is opened, and pytest, since most of what is run in one stands in a file of tests.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.reliability.growing", "chromadb.api.rust", "pytest"])


def texts(turn: int) -> dict[str, str]:
    """Return what the source holds in a round: ever more documents, some changed, some away for one round."""
    return {
        f"doc-{number}": _text(number, (turn - number) // 20)
        for number in range(DOCUMENTS_A_ROUND * (turn + 1))
        if number % 17 != turn % 17
    }


def _text(number: int, revision: int) -> str:
    words = (f"fact{number}x{part}v{revision} of subject{number % 50}" for part in range(SECTIONS))
    return "\n\n".join(f"# Part {part}\n\nThis is {text}." for part, text in enumerate(words))


def opened(
    folder: Path,
    *,
    sync_threshold: int = 1000,
    indexes: FolderIndexes | None = None,
    failpoint: Callable[[str], None] = lambda _: None,
) -> Store:
    """Return the store of a folder, made if there is none."""
    if not Catalog.exists(folder):
        Catalog.create(folder, fingerprint="words", tenant="local").close()
    indexes = indexes or ForkedIndexes(folder / "index", partial(ChromaIndex, sync_threshold=sync_threshold))
    return Store(Catalog(folder), indexes, folder=folder, failpoint=failpoint)


def sync(store: Store, turn: int, on_progress: Callable[[Progress], None] = lambda _: None) -> None:
    """Bring the store to a round."""
    Ingest(store=store, parser=PlainParser(), embedder=WORDS, on_progress=on_progress).sync(
        MemoryConnector(texts(turn), name="growing")
    )


def write(folder: Path, turn: int, sync_threshold: int, end: tuple[str, int], *, ready: Path, acks: Path) -> None:
    """Sync and rebuild, telling what is stored and how many vectors lack on a file that outlives this process.

    It ends at a step, when that is passed for the so-manieth time.
    """
    step, left = end

    def failpoint(passed: str) -> None:
        nonlocal left
        left -= passed == step
        if passed == step and not left:
            os.kill(os.getpid(), signal.SIGKILL)

    indexes = MarkedIndexes(folder, sync_threshold=sync_threshold)
    with acks.open("w", encoding="utf-8") as told, opened(folder, indexes=indexes, failpoint=failpoint) as store:

        def tell(line: str) -> None:
            told.write(f"{line}\n")
            told.flush()
            os.fsync(told.fileno())

        def hear(progress: Progress) -> None:
            if progress.outcome in ("added", "updated"):
                tell(progress.uri)
            if progress.outcome == "embedded":
                tell(f"{LACKING} {progress.total - progress.done}")

        ready.touch()
        sync(store, turn, hear)
        tell("all")
        with store.writing():
            store.rebuild()
        tell("rebuilt")


def run(target: Callable[..., None], *arguments: object, **options: object) -> BaseProcess:
    """Start a function of this module in a process of its own."""
    process = PROCESSES.Process(target=target, args=arguments, kwargs=options)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """Kill a process and return when it is gone, whatever multiprocessing believes of it."""
    with suppress(ProcessLookupError):
        while True:
            os.kill(process.pid or 0, signal.SIGKILL)
            time.sleep(0.005)
    process.join(60)


def check(folder: Path, sync_threshold: int, most: int, *, result: Path) -> None:
    """Search for chunks by their own vectors through the public store, and write what was found."""
    before = collection(folder)
    with opened(folder, sync_threshold=sync_threshold) as store:
        summaries = store.documents(viewer=OWNER)
        documents = [found for row in summaries if (found := store.document(row.id, viewer=OWNER))]
        counts = {row.uri: row.chunks for row in summaries}
        chosen = random.Random(len(documents)).sample(documents, min(most, len(documents)))
        widths = {document.uri: _found(store, document) for document in chosen}
        torn = [found.uri for found in documents if len(_chunks(found)) != counts[found.uri]]
        stats = store.stats()
    held = {document.uri: document.text for document in documents}
    searches = [place for places in widths.values() for place in places]
    sizes = {"chunks": stats.chunks, "indexed": stats.indexed, "lacking": stats.unembedded}
    sizes |= {"searched": len(searches), "wide": searches.count(WIDE), "missed": searches.count(MISSED)}
    lost = [uri for uri, places in widths.items() if 0 in places]
    report = {"texts": held, "lost": lost, "torn": torn, "rebuilt": collection(folder) != before, **sizes}
    part = result.with_suffix(".part")
    part.write_text(json.dumps(report), encoding="utf-8")
    part.rename(result)


def collection(folder: Path) -> str:
    """Return the name of the index that a store uses; empty if it is not a store yet. Rebuilding makes a new one."""
    if not Catalog.exists(folder):
        return ""
    with closing(Catalog(folder)) as catalog:
        return catalog.meta()["collection"]


def _chunks(document: Document) -> Sequence[str]:
    chunks = chunk_document(document, window=WORDS.window, count_tokens=WORDS.count_tokens)
    return [embedded_text(chunk) for chunk in chunks]


def _found(store: Store, document: Document) -> list[int]:
    """Return for each chunk how wide a search for its vector had to be, or for its words if it has none; 0: in vain.

    `MISSED` stands for what a wide search of the index missed and a comparison with every vector found.
    """
    texts = _chunks(document)
    known = store.known([stable_id(text) for text in texts])
    return [
        _width(store, vector, document.uri) if stable_id(text) in known else _width_by_words(store, text, document.uri)
        for text, vector in zip(texts, WORDS.embed_documents(texts), strict=True)
    ]


def _width(store: Store, vector: Vectors, uri: str) -> int:
    # The graph is approximate: what a narrow search misses gets a wide one, then an exact one by a filter that admits
    # everything. Both are counted.
    everything = Equals("source", "growing")
    for limit, where, told in ((5, None, 5), (WIDE, None, WIDE), (5, everything, MISSED)):
        hits = store.nearest(vector, limit=limit, where=where, viewer=OWNER)
        if [hit.chunk.uri for hit in hits if hit.score > 0.9999] == [uri]:
            return told
    return 0


def _width_by_words(store: Store, text: str, uri: str) -> int:
    hits = store.matching(text, limit=1, viewer=OWNER)
    return len([hit for hit in hits if hit.chunk.uri == uri and hit.chunk.text in text])


@dataclass(frozen=True)
class Kill:
    """One kill: what it was aimed at, whether it hit that, and whether the next search had to rebuild the index."""

    name: str
    hit: bool
    rebuilt: bool


@dataclass
class Growing:
    """One store, its rounds, and what may be in it by what its killed writers told."""

    folder: Path
    sync_threshold: int = 1000
    turn: int = 0
    chunks: int = 0
    acknowledged: int = 0
    searched: int = 0
    wide: int = 0
    missed: int = 0
    kills: list[Kill] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    allowed: dict[str, set[str | None]] = field(default_factory=dict)
    most_lacking: float = 0

    def killed_round(self, aim: Aim, *, most: int = 60) -> None:
        """Run a writer until it is killed, or done if the aim was missed; then look at the store."""
        ready, acks = self.folder.with_suffix(".ready"), self.folder.with_suffix(".acks")
        for file in (ready, acks):
            file.unlink(missing_ok=True)
        writer = run(write, self.folder, self.turn, self.sync_threshold, (aim.step, aim.nth), ready=ready, acks=acks)
        deadline = time.monotonic() + 60
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.002)
        aim.wait(writer, self.folder)
        kill(writer)
        told = acks.read_text("utf-8").splitlines() if acks.exists() else []
        killed = writer.exitcode in (-signal.SIGKILL, UNKNOWN) and "rebuilt" not in told
        if writer.exitcode not in (0, -signal.SIGKILL, UNKNOWN):
            self.unusable.append(f"round {self.turn}: the writer ended with {writer.exitcode}")
        hit = killed and aim.hit(self.folder)
        self._hear(told)
        rebuilt = self._look(most)
        self.kills += [Kill(aim.name, hit, rebuilt)] if killed else []
        self.turn += 1

    def _hear(self, acks: Sequence[str]) -> None:
        wanted = texts(self.turn)
        for uri in wanted.keys() | self.allowed.keys():
            self.allowed.setdefault(uri, {None}).add(wanted.get(uri))
        told = [int(ack.removeprefix(LACKING)) for ack in acks if ack.startswith(LACKING)]
        self.most_lacking = 0 if "all" in acks else min(told, default=math.inf)
        if "all" in acks:
            self.allowed = {uri: {wanted.get(uri)} for uri in self.allowed}
        for uri in wanted.keys() & set(acks):
            self.allowed[uri] = {wanted[uri]}

    def _look(self, most: int) -> bool:
        """Compare the store with what it may hold, and return whether its index was rebuilt."""
        result = self.folder.with_suffix(".json")
        result.unlink(missing_ok=True)
        reader = run(check, self.folder, self.sync_threshold, most, result=result)
        reader.join(120)
        deadline = time.monotonic() + 60
        while reader.exitcode == UNKNOWN and not result.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not result.exists():
            self.unusable.append(f"round {self.turn}: the reader ended with {reader.exitcode}")
            return False
        report = json.loads(result.read_text("utf-8"))
        held = report["texts"]
        self.acknowledged += SECTIONS * sum(None not in states for states in self.allowed.values())
        wrong = [uri for uri, states in self.allowed.items() if held.get(uri) not in states]
        faults = {"not as stored": wrong, "not found": report["lost"], "without all its chunks": report["torn"]}
        self.lost += [f"round {self.turn}: {uri} is {fault}" for fault, uris in faults.items() for uri in uris]
        if report["chunks"] - report["lacking"] != report["indexed"]:
            self.lost.append(f"round {self.turn}: {report['indexed']} of {report['chunks']} in the index")
        if report["lacking"] > self.most_lacking:
            self.lost.append(f"round {self.turn}: {report['lacking']} vectors lack, not {self.most_lacking}")
        self.allowed = {uri: {held.get(uri)} for uri in self.allowed}
        self.chunks = report["chunks"]
        self.searched += report["searched"]
        self.wide += report["wide"]
        self.missed += report["missed"]
        return bool(report["rebuilt"])
