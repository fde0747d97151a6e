"""R4: while documents are replaced, every query sees one version of each: never both, never neither."""

import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragkit.documents import stable_id
from ragkit.ingestion.ingest import Ingest
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, PlainParser
from tests.reliability.growing import OWNER, WORDS, opened

QUERIES = int(os.environ.get("REPLACED_QUERIES", "2500"))
pytestmark = [pytest.mark.real, pytest.mark.timeout(60 + QUERIES // 20)]
SUBJECTS = range(6)
PARTS = ("first", "second")
READERS = 3


def manuals(version: int) -> dict[str, str]:
    """Return the documents of a version, each of as many chunks as there are parts."""
    return {
        f"manual{n}": "\n\n".join(f"# subject{n} manual\n\nThe {part} part says version{version}." for part in PARTS)
        for n in SUBJECTS
    }


def by_meaning(store: Store, subject: int) -> list[str]:
    query = WORDS.embed_query(f"subject{subject} manual part")
    return [hit.chunk.text for hit in store.nearest(query, limit=len(PARTS), viewer=OWNER)]


def by_words(store: Store, subject: int) -> list[str]:
    return [hit.chunk.text for hit in store.matching(f"subject{subject}", limit=10, viewer=OWNER)]


def whole(store: Store, subject: int) -> list[str]:
    document = store.document(stable_id("memory", f"manual{subject}"), viewer=OWNER)
    return document.text.split("\n\n#") if document else []


WAYS: tuple[Callable[[Store, int], list[str]], ...] = (by_meaning, by_words, whole)


def faults(store: Store, queries: int, ended: threading.Event) -> Counter[str]:
    """Ask in every way about every subject in turn, and count the answers that are not one version, whole."""
    found: Counter[str] = Counter()
    for number in range(queries):
        if ended.is_set():
            found["the writer ended"] += 1
            break
        way, subject = WAYS[number % len(WAYS)], SUBJECTS[number // len(WAYS) % len(SUBJECTS)]
        texts = way(store, subject)
        versions = {version for text in texts for version in re.findall(r"version\d+", text)}
        if len(texts) != len(PARTS) or len(versions) != 1 or not all(f"subject{subject} " in text for text in texts):
            found[f"{way.__name__}: {len(texts)} texts of {len(versions)} versions"] += 1
    return found


def replaced_until(store: Store, done: threading.Event, ended: threading.Event) -> int:
    """Sync version after version; return how many."""
    ingest, version = Ingest(store=store, parser=PlainParser(), embedder=WORDS), 0
    try:
        while not done.is_set():
            version += 1
            ingest.sync(MemoryConnector(manuals(version)))
    finally:
        ended.set()
    return version


def raced(folder: Path, *, queries: int) -> tuple[Counter[str], int]:
    """Ask while one thread replaces; return the faults and the number of versions."""
    done, ended = threading.Event(), threading.Event()
    with opened(folder, sync_threshold=100) as store:
        Ingest(store=store, parser=PlainParser(), embedder=WORDS).sync(MemoryConnector(manuals(0)))
        with ThreadPoolExecutor(READERS + 1) as pool:
            writer = pool.submit(replaced_until, store, done, ended)
            readers = [pool.submit(faults, store, queries // READERS + 1, ended) for _ in range(READERS)]
            try:
                found = sum((reader.result() for reader in readers), Counter[str]())
            finally:
                done.set()
            return found, writer.result()


def test_a_query_sees_one_version_of_a_document_that_is_replaced(tmp_path: Path) -> None:
    found, versions = raced(tmp_path / "store", queries=QUERIES)
    # Broken on purpose: `nearest_among` asking the index once, for little more than `limit`, finds neither version in
    # half the searches by meaning; not comparing the catalog's versions, in one of sixty.
    assert found == {}
    assert versions > QUERIES // 500
