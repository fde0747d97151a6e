"""Speed of the store, beside a bare Chroma collection of the same ids, vectors and settings in the same run.

Run `python -m benchmarks.store [overhead|rebuild|changes|open|growth ...] [--json FILE]`; all of it takes about twenty
minutes on two cores. `--chunks 2000 --large 5000 --changed 200` makes it half a minute that shows whether it runs, not
how fast.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient
from numpy.typing import NDArray

from benchmarks.filling import collection, fill, filled_store, new_store, opened, put, upsert
from benchmarks.made_up import PER_DOCUMENT, differing, documents, rewritten, vectors_of
from benchmarks.measuring import Time, middle, timed
from ragkit.ingestion.indexing import BATCH
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.chroma_folders import FolderIndexes

LIMIT = 10
THOUSAND = 1_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement: the median of its rounds, and of their own ratios to the first row of the same benchmark.

    `ratio_cpu` compares the seconds of all cores: it says the same on a busy machine.
    """

    benchmark: str
    what: str
    chunks: int
    rounds: int
    seconds: float
    ms_a_chunk: float
    ratio: float | None = None
    ratio_cpu: float | None = None


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmarks", nargs="*", metavar="benchmark", help=f"of {', '.join(BENCHMARKS)}; none, all")
    parser.add_argument("--chunks", type=int, default=20_000, help="for overhead and rebuild")
    parser.add_argument("--large", type=int, default=100_000, help="for changes, open and growth")
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    parser.add_argument("--ask", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(*first_search(*options.ask))
        return
    if unknown := set(options.benchmarks) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        asked = [BENCHMARKS[name] for name in options.benchmarks or BENCHMARKS]
        rows = [row for measure in asked for row in measure(Path(scratch), options)]
    print(table(rows))
    print(f"medians; {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after")
    if options.json:
        options.json.write_text(json.dumps({"load": load, "rows": [asdict(row) for row in rows]}, indent=2))


def overhead(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Add chunks in the batches of an ingest: to Chroma alone, to Chroma with the texts, to ragkit's store."""
    entries = documents(options.chunks)
    vectors = vectors_of(entries, seed=1)

    def to_chroma(folder: Path, *, texts: bool) -> None:
        fill(partial(upsert, collection(folder), vectors=vectors, texts=texts), entries, batch=BATCH)

    def to_store(folder: Path) -> None:
        with new_store(folder) as store, store.writing():
            fill(partial(put, store, vectors=vectors), entries, batch=BATCH)

    works = {
        "Chroma, ids and vectors": partial(fresh, scratch, partial(to_chroma, texts=False)),
        "Chroma, texts as well": partial(fresh, scratch, partial(to_chroma, texts=True)),
        "ragkit": partial(fresh, scratch, to_store),
    }
    yield from compared("overhead", options.chunks, options.rounds, works)


def rebuild(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Build the index anew from the catalog."""
    filled_store(scratch / "stored", options.chunks)

    def again(folder: Path) -> None:
        with opened(folder) as store, store.writing():
            store.rebuild()

    seconds = [copied(scratch / "stored", scratch, again)[0] for _ in range(options.rounds)]
    shutil.rmtree(scratch / "stored")
    yield summary("rebuild", "index from the catalog", options.chunks, seconds)


def changes(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Change a few chunks of many: the same ids written over, new ids and the old ones deleted, and ragkit."""
    bare, stored = scratch / "bare", scratch / "stored"
    entries = filled_store(stored, options.large)
    fill(partial(upsert, collection(bare), vectors=vectors_of(entries, seed=1), texts=False), entries)
    SharedSystemClient.clear_system_cache()
    whole, single = (rewritten(entries, options.changed, each=each) for each in (PER_DOCUMENT, 1))
    vectors = vectors_of([*whole, *single], seed=2)
    old, new = differing(entries, whole)
    rows = np.stack([vectors[key] for entry in whole for key in entry.keys])

    def to_chroma(folder: Path, *, ids: Sequence[str], gone: Sequence[str] = ()) -> None:
        written = collection(folder)
        for start in range(0, len(ids), BATCH):
            stop = start + BATCH
            written.upsert(ids=list(ids[start:stop]), embeddings=rows[start:stop])
        if gone:
            written.delete(ids=list(gone))

    def to_store(folder: Path, *, changed: Sequence[Entry]) -> None:
        with opened(folder) as store, store.writing():
            fill(partial(put, store, vectors=vectors), changed, batch=BATCH)

    works = {
        "Chroma, the same ids": partial(copied, bare, scratch, partial(to_chroma, ids=old)),
        "Chroma, new ids, old deleted": partial(copied, bare, scratch, partial(to_chroma, ids=new, gone=old)),
        "ragkit, whole documents": partial(copied, stored, scratch, partial(to_store, changed=whole)),
        "ragkit, one chunk of each": partial(copied, stored, scratch, partial(to_store, changed=single)),
    }
    yield from compared("changes", options.changed, options.rounds, works)
    shutil.rmtree(bare)
    shutil.rmtree(stored)


def opening(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """From a fresh process to the first search of a healthy store, and what of it is the check of the index."""
    folder, question = scratch / "stored", scratch / "question.npy"
    entries = filled_store(folder, options.large)
    np.save(question, vectors_of(entries[:1], seed=1)[entries[0].keys[0]])
    seconds = np.array([asked(folder, question) for _ in range(options.rounds)])
    shutil.rmtree(folder)
    for column, part in enumerate(("process, imports, first search", "opening, first search", "check of the index")):
        yield summary("open", part, options.large, seconds[:, column])


def asked(folder: Path, question: Path) -> tuple[float, float, float]:
    """Search in a process of its own and return the seconds of all of it, of opening and search, and of the check."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.store", "--ask", str(folder), str(question)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return time.perf_counter() - begun, float(printed[0]), float(printed[1])


def first_search(folder: Path, question: Path) -> tuple[float, float]:
    """Return the seconds of opening a store and searching it, and those of the check that is part of it."""
    vector = np.load(question)
    begun = time.perf_counter()
    with opened(folder) as store:
        found = store.nearest(vector, limit=LIMIT, viewer=store.owner)
    answered = time.perf_counter()
    catalog, indexes = Catalog(folder), FolderIndexes(folder / "index", ChromaIndex)
    meta = catalog.meta()
    checking = time.perf_counter()
    if not indexes.is_intact(meta["collection"], meta["seal"]) or len(found) != LIMIT:
        raise SystemExit("the store is not whole")
    return answered - begun, time.perf_counter() - checking


def growth(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Add a thousand chunks to a thousand, and to a store that is nearly as large as it gets; nothing is embedded."""
    entries = documents(options.large)
    vectors = vectors_of(entries, seed=1)
    thousand = THOUSAND // PER_DOCUMENT
    few = [added(scratch / "few", entries[: 2 * thousand], vectors, last=1)[0] for _ in range(options.rounds)]
    many = added(scratch / "many", entries, vectors, last=options.rounds)
    for what, times in (("1,000 more in 1,000", few), ("1,000 more in all", many)):
        clock, cores = (middle([time[column] for time in times]) for column in (0, 1))
        first, first_cores = (middle([time[column] for time in few]) for column in (0, 1))
        row = summary("growth", what, THOUSAND, [clock])
        yield replace(row, rounds=len(times), ratio=clock / first, ratio_cpu=cores / first_cores)
        yield replace(summary("growth", f"{what}: of CPU time", THOUSAND, [cores]), rounds=len(times))


def added(folder: Path, entries: Sequence[Entry], vectors: Mapping[str, Vectors], *, last: int) -> list[Time]:
    """Store the entries a thousand chunks at a time, and return how long each of the last so many took."""
    thousand = THOUSAND // PER_DOCUMENT
    parts = [entries[start : start + thousand] for start in range(0, len(entries), thousand)]
    with new_store(folder) as store, store.writing():
        times = [timed(partial(fill, partial(put, store, vectors=vectors), part, batch=BATCH)) for part in parts]
    SharedSystemClient.clear_system_cache()
    shutil.rmtree(folder)
    return times[-last:]


BENCHMARKS = {"overhead": overhead, "rebuild": rebuild, "changes": changes, "open": opening, "growth": growth}


def compared(benchmark: str, chunks: int, rounds: int, works: Mapping[str, Callable[[], Time]]) -> Iterator[Row]:
    """Time the works in turn, and set each beside the first one of its round."""
    times = np.array([[work() for work in works.values()] for _ in range(rounds)])
    for column, what in enumerate(works):
        ratios = times[:, column] / times[:, 0]
        row = summary(benchmark, what, chunks, times[:, column, 0])
        yield replace(row, ratio=middle(ratios[:, 0]), ratio_cpu=middle(ratios[:, 1]))


def fresh(scratch: Path, work: Callable[[Path], object]) -> Time:
    """Time the work in a folder that is not there yet."""
    return cleared(work, scratch / "fresh")


def copied(original: Path, scratch: Path, work: Callable[[Path], object]) -> Time:
    """Time the work on a copy that the disk has already taken."""
    shutil.copytree(original, scratch / "copy")
    os.sync()
    return cleared(work, scratch / "copy")


def cleared(work: Callable[[Path], object], folder: Path) -> Time:
    """Return how long the work takes, and clear away what it leaves."""
    taken = timed(partial(work, folder))
    SharedSystemClient.clear_system_cache()
    shutil.rmtree(folder)
    return taken


def summary(benchmark: str, what: str, chunks: int, seconds: Sequence[float] | NDArray[np.float64]) -> Row:
    """Return the median."""
    taken = middle(seconds)
    each = taken / chunks * 1000
    return Row(benchmark=benchmark, what=what, chunks=chunks, rounds=len(seconds), seconds=taken, ms_a_chunk=each)


def table(rows: Sequence[Row]) -> str:
    """Return the rows for people."""
    lines = [f"{'':42}{'chunks':>8}{'rounds':>7}{'s':>8}{'ms/chunk':>9}{'ratio':>7}{'of CPU':>7}"]
    for row in rows:
        ratios = f"{row.ratio:7.2f}{row.ratio_cpu:7.2f}" if row.ratio else ""
        figures = f"{row.chunks:8}{row.rounds:7}{row.seconds:8.2f}{row.ms_a_chunk:9.3f}"
        lines.append(f"{row.benchmark:10}{row.what:32}{figures}{ratios}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
