"""R5: a kill while a store gets the vectors of another embedder leaves the old ones or the new ones, whole."""

import os
import random
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from ragkit.documents import Document
from ragkit.ingestion.chunking import embedded_text
from ragkit.ingestion.indexing import batches, cut, put
from ragkit.ingestion.reindex import Reindex
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.fingerprints import store_fingerprint
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.store import Store
from ragkit.testing import WordEmbeddings
from tests.reliability.forked import ForkedIndexes
from tests.reliability.growing import OWNER, PROCESSES, kill, run

KILLS = int(os.environ.get("CRASH_KILLS", "60")) // 5
pytestmark = [pytest.mark.real, pytest.mark.timeout(60 + KILLS * 12)]
EMBEDDERS = [WordEmbeddings(dimension=dimension, name=f"words-{dimension}") for dimension in (32, 48)]
NAMES = [store_fingerprint(embedder.fingerprint, chunker="1") for embedder in EMBEDDERS]
POINTS = ("after commit", "after upsert", "before giving way", "after giving way", "")
DOCUMENTS = 400


def opened(folder: Path, *, dies_at: str = "", passes: int = 1) -> Store:
    """Return the store; at the named step its process is killed, the `passes`-th time that it comes there."""
    left = passes

    def failpoint(passed: str) -> None:
        nonlocal left
        left -= passed == dies_at
        if passed == dies_at and not left:
            os.kill(os.getpid(), signal.SIGKILL)

    indexes = ForkedIndexes(folder / "index", partial(ChromaIndex, sync_threshold=100))
    return Store(Catalog(folder), indexes, folder=folder, failpoint=failpoint)


def serving(folder: Path) -> int:
    with opened(folder) as store:
        return NAMES.index(store.stats().fingerprint)


def build(folder: Path) -> None:
    Catalog.create(folder, fingerprint=NAMES[0], tenant="local").close()
    made = (
        Document(uri=f"doc-{n}", text=f"This is fact{n} of subject{n % 40}.", source="s", revision="1", title="t")
        for n in range(DOCUMENTS)
    )
    with opened(folder) as store, store.writing():
        for batch in batches(cut(document, EMBEDDERS[0]) for document in made):
            put(batch, store=store, embedder=EMBEDDERS[0])


def reindex(folder: Path, other: int, dies_at: str, passes: int) -> None:
    with opened(folder, dies_at=dies_at, passes=passes) as store:
        Reindex(store=store, embedder=EMBEDDERS[other], fingerprint=NAMES[other]).run()


def lost(folder: Path) -> list[str]:
    """Return what is not found, or found with the vectors of the wrong embedder."""
    with opened(folder) as store:
        embedder = EMBEDDERS[serving(folder)]
        documents = [store.document(row.id, viewer=OWNER) for row in store.documents(viewer=OWNER)]
        texts = {found.uri: embedded_text(cut(found, embedder).chunks[0]) for found in documents if found}
        queries = {uri: embedder.embed_query(text) for uri, text in texts.items()}
        hits = {uri: store.nearest(vector, limit=1, viewer=OWNER)[0] for uri, vector in queries.items()}
        with store.writing():
            store.mend()
    wrong = [uri for uri, hit in hits.items() if hit.chunk.uri != uri or hit.score < 0.9999]
    return wrong + [f"{DOCUMENTS - len(hits)} documents are gone"] * (len(hits) != DOCUMENTS)


def examined(folder: Path) -> list[str]:
    with opened(folder) as store:
        return [store.examine().fault]


def faults(folder: Path) -> list[str]:
    """Return what new processes find wrong, each of which has opened nothing: see `ForkedIndexes`."""
    with ProcessPoolExecutor(max_workers=1, mp_context=PROCESSES, max_tasks_per_child=1) as apart:
        return [fault for look in (lost, examined) for fault in apart.submit(look, folder).result() if fault]


def test_a_kill_leaves_the_old_vectors_or_the_new_ones_whole(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    build(folder)
    chance = random.Random(5)
    found, kills, served = [], 0, set()
    for turn in range(KILLS * 3):
        if kills >= KILLS:
            break
        before = serving(folder)
        point = POINTS[turn % len(POINTS)]
        writer = run(reindex, folder, 1 - before, point, chance.randint(1, 2) if "commit" in point else 1)
        if not point:
            time.sleep(chance.uniform(0.2, 1.2))
            kill(writer)
        writer.join(60)
        kills += writer.exitcode != 0
        served.add((point, serving(folder) == before))
        found += [f"{point or 'random'}: {fault}" for fault in faults(folder)]
    # Broken on purpose: `swap` writing the collection before `take_over`, in a commit of its own.
    assert found == []
    assert kills >= KILLS
    assert {("before giving way", True), ("after giving way", False)} <= served
