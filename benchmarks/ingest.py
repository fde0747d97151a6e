"""Speed of an ingest: the first one v the naive pipeline, when its files can be found, and the next ones.

Run `python -m benchmarks.ingest [first|again ...] [--json FILE]`. The files are this repository's own Markdown, and
copies of it with other words. The models are loaded before. `--files 4 --rounds 1` shows whether it runs, not how fast.
"""

import argparse
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from statistics import fmean

import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient

from benchmarks import naive
from benchmarks.folder import exchanged, make_corpus_folder, make_folder
from benchmarks.measuring import Row, Time, alone, in_turn, paired, parser, run, timed
from benchmarks.told import cores_of_children, cores_used, fresh
from ragkit.config import Config
from ragkit.ingestion.ingest import IngestReport, Progress
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.weights import MINILM_L6, MINILM_L6_INT8
from ragkit.store.catalog.schema import FILE
from ragkit.workspace import open_workspace

WEIGHTS = {"minilm": MINILM_L6, "minilm-int8": MINILM_L6_INT8}
CHANGED = 0.01
SEED = 1
Synced = tuple[Time, IngestReport]


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=5)
    made.add_argument("--files", type=int, default=150)
    made.add_argument("--embedding", choices=WEIGHTS, default="minilm")
    made.add_argument("--corpus", type=Path, help="a corpus.jsonl in BEIR's layout, instead of this repository's files")
    run(made.parse_args(words), PARTS)


def first(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Ingest the folder into an empty store."""
    source = folder_of(scratch / "source", options)
    files = sorted(source.iterdir())
    embedder, transformer = MiniLM(weights=WEIGHTS[options.embedding]), naive.Transformer()
    numbers = count()
    reports: list[IngestReport] = []
    chunks: list[int] = []
    found: list[tuple[Time, Time]] = []

    def ours() -> None:
        begun, used = time.perf_counter(), cores_used()
        words: list[Time] = []

        def tell(step: Progress) -> None:
            # Looking at the child for each file would be a tenth of what is measured.
            if step.outcome != "embedded" and step.done in (1, step.total):
                words.append((time.perf_counter() - begun, cores_used() + cores_of_children() - used))

        with open_workspace(scratch / f"ragkit-{next(numbers)}", config=Config(), embedding=embedder) as workspace:
            reports.append(workspace.ingest(source, on_progress=tell))
        found.append((words[0], words[-1]))

    def theirs() -> None:
        chunks.append(naive.ingest(naive.opened(scratch / f"naive-{next(numbers)}", transformer), files))
        SharedSystemClient.clear_system_cache()

    times = in_turn(ours, theirs, rounds=options.rounds)
    yield paired(f"first ingest of {options.files} files, {options.embedding}", times)
    (first_words, all_words) = np.array(found[1:]).swapaxes(0, 1)
    yield alone("until words find the first files", first_words[:, 0].tolist())
    yield paired("until words find all files", np.stack([all_words, times[:, 1]], axis=1))
    yield Row(what="chunks", unit="", n=1, ragkit=reports[0].chunks, naive=chunks[0])
    yield alone("texts embedded", [reports[0].embedded], unit="")
    lost = dropped([file.read_text("utf-8") for file in files], embedder)
    yield Row(what="tokens not embedded", unit="%", n=1, ragkit=0, naive=lost)


def folder_of(folder: Path, options: argparse.Namespace) -> Path:
    """Make the folder to ingest."""
    if options.corpus:
        return make_corpus_folder(folder, options.corpus, files=options.files)
    return make_folder(folder, files=options.files)


def dropped(texts: Sequence[str], embedder: MiniLM) -> float:
    """Return how many in a hundred of the tokens of the naive chunks lie behind the end of the model's window."""
    tokens = np.array([embedder.count_tokens(part) for text in texts for part in naive.SPLITTER.split_text(text)])
    return float(np.maximum(tokens - embedder.window, 0).sum() / tokens.sum() * 100)


def again(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Ingest the folder again: as it is, in this process and in a fresh one, and with some files changed."""
    source, folder = folder_of(scratch / "again", options), scratch / "store"
    embedder = MiniLM(weights=WEIGHTS[options.embedding])
    embedder.embed_query("")
    sync = partial(synced, source, folder, embedder)
    whole = sync()
    before = rows(folder)
    same = [sync() for _ in range(options.rounds)]
    told = [fresh("ragkit", "ingest", source, folder) for _ in range(options.rounds)]
    yield from summed("unchanged", same, whole)
    yield alone("unchanged, in a fresh process", [each["seconds"] for each in told])
    written = (rows(folder) - before).total()
    yield alone("unchanged: rows written, but for the record of the run", [written], unit="")

    some = max(1, round(options.files * CHANGED))
    changed, draw = [], random.Random(SEED)
    for number in range(options.rounds):
        change(draw.sample(sorted(source.iterdir()), some), seed=number + 1)
        changed.append(sync())
    yield from summed(f"{some} of {options.files} files changed", changed, whole)


def synced(source: Path, folder: Path, embedder: MiniLM) -> Synced:
    """Ingest, and return the times and the report."""
    reports: list[IngestReport] = []

    def ingest() -> None:
        with open_workspace(folder, config=Config(), embedding=embedder) as workspace:
            reports.append(workspace.ingest(source))

    return timed(ingest), reports[0]


def summed(what: str, runs: Sequence[Synced], whole: Synced) -> Iterator[Row]:
    """Return what the runs took, and what share that is of the first one: the mean, as files are of all lengths."""
    yield alone(what, [seconds for (seconds, _), _ in runs])
    yield alone(f"{what}: texts embedded", [report.embedded for _, report in runs], unit="")
    texts = fmean(report.embedded for _, report in runs) / whole[1].chunks * 100
    yield Row(what=f"{what}: of all texts, mean", unit="%", n=len(runs), ragkit=texts)
    cores = fmean(cores for (_, cores), _ in runs) / whole[0][1] * 100
    yield Row(what=f"{what}: of the first ingest's CPU time, mean", unit="%", n=len(runs), ragkit=cores)


def change(files: Sequence[Path], *, seed: int) -> None:
    """Exchange some words of each file."""
    for file in files:
        file.write_text(exchanged(file.read_text("utf-8"), seed=seed), "utf-8")


def rows(folder: Path) -> Counter[str]:
    """Return all rows of the catalog but those of `runs`."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return Counter(line for line in connection.iterdump() if not line.startswith('INSERT INTO "runs"'))


PARTS = {"first": first, "again": again}

if __name__ == "__main__":
    main()
