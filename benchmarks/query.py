"""Speed of a question: embedding it, the hybrid search, the first ones, and one while another process writes.

Run `python -m benchmarks.query [embed|small|large|writing ...] [--json FILE]`. The stores hold made-up texts and
vectors; the questions are embedded by the real model, on one thread on both sides. `--keep FOLDER` keeps the
stores for the next run. `--small 500 --large 1000 --queries 10 --rounds 2` shows whether it runs, not how fast.
"""

import argparse
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient
from langchain_chroma import Chroma

from benchmarks import naive
from benchmarks.both import filled_both
from benchmarks.filling import SEED
from benchmarks.made_up import clustered, nearby, queries
from benchmarks.measuring import Row, alone, asked_alone, in_turn, latencies, paired, parser, run
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.minilm import MiniLM
from ragkit.parts import prepare_in_background
from ragkit.samples import sample_cases
from ragkit.store.memory.warming import NAME
from ragkit.workspace import Workspace, open_workspace

LIMIT = 10
# Questions asked without a pause, after the one that opens a store.
SOON = 20
OWNER = Viewer.local()


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=10)
    made.add_argument("--small", type=int, default=10_000, help="chunks")
    made.add_argument("--large", type=int, default=100_000, help="chunks")
    made.add_argument("--queries", type=int, default=200)
    made.add_argument("--keep", type=Path, help="where the stores are kept")
    run(made.parse_args(words), PARTS)


def embed(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed questions that people ask."""
    asked = [str(case["question"]) for case in sample_cases("legal")]
    asked = [asked[number % len(asked)] for number in range(options.queries)]
    ours, theirs = MiniLM(), naive.Transformer(threads=1)
    yield latencies("embed a question", ours.embed_query, theirs.embed_query, asked, rounds=options.rounds)


def small(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Search the small store."""
    yield from searched(scratch, options, options.small)


def large(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Search the large store."""
    yield from searched(scratch, options, options.large)


def searched(scratch: Path, options: argparse.Namespace, chunks: int) -> Iterator[Row]:
    """Search a store of so many chunks: at first, again and again, as exactly as it goes, and for the first time."""
    ours, theirs = filled_both(options.keep or scratch, chunks)
    embedder, transformer = MiniLM(), naive.Transformer(threads=1)
    drawn = queries(options.queries + 1 + SOON)
    asked, opening, soon = drawn[: options.queries], drawn[options.queries], drawn[-SOON:]
    with opened(ours, embedder) as (workspace, retrieve):
        retrieve(opening)
        yield asked_alone(f"{SOON} questions right after the first one, of {chunks:,}", retrieve, soon)
        wait_for_words()
        chroma = naive.opened(theirs, transformer)
        search = partial(chroma.similarity_search, k=LIMIT)
        what = f"hybrid search of {chunks:,} v dense"
        yield latencies(what, retrieve, search, asked, rounds=options.rounds)
        found = recalls(workspace, chroma, chunks=chunks, count=options.queries)
        yield Row(what=f"recall@{LIMIT} of {chunks:,}", unit="", n=options.queries, ragkit=found[0], naive=found[1])
    with opened(ours, embedder) as (workspace, retrieve):
        workspace.prepare()
        wait_for_words()
        yield asked_alone(f"the first {SOON} questions to {chunks:,} that are prepared", retrieve, soon)
    yield from first(ours, theirs, asked[0], chunks=chunks, rounds=options.rounds // 2)


def first(ours: Path, theirs: Path, question: str, *, chunks: int, rounds: int) -> Iterator[Row]:
    """Open a store and ask one question: alone, and while all is being read in the background."""
    embedder, transformer = MiniLM(), naive.Transformer(threads=1)

    def alone_ours() -> None:
        with opened(ours, embedder) as (_, retrieve):
            retrieve(question)

    def preparing_ours() -> None:
        with opened(ours, embedder) as (workspace, retrieve):
            prepare_in_background(workspace.store.prepare)
            retrieve(question)

    def alone_theirs() -> None:
        SharedSystemClient.clear_system_cache()
        naive.opened(theirs, transformer).similarity_search(question, k=LIMIT)

    yield paired(f"first search after opening {chunks:,}", in_turn(alone_ours, alone_theirs, rounds=rounds))
    times = in_turn(preparing_ours, alone_ours, rounds=rounds)
    yield alone("times as long while they are being prepared", (times[:, 0, 0] / times[:, 1, 0]).tolist(), unit="")


@contextmanager
def opened(folder: Path, embedder: MiniLM) -> Iterator[tuple[Workspace, Callable[[str], object]]]:
    """Open a workspace for its owner's searches."""
    with open_workspace(folder, config=Config(), embedding=embedder, chat="extractive") as workspace:
        yield workspace, partial(workspace.retriever().retrieve, limit=LIMIT, viewer=OWNER)


def wait_for_words() -> None:
    """Return when the common words have been read in the background, as in an application that has served a while."""
    for thread in threading.enumerate():
        if thread.name == NAME:
            thread.join()


def recalls(workspace: Workspace, chroma: Chroma, *, chunks: int, count: int) -> tuple[float, float]:
    """Return which share of the exact nearest the dense half of the hybrid search finds, and the naive search."""
    rows = clustered(chunks, seed=SEED)
    shares = []
    for vector in nearby(rows, count):
        exact = set(np.argsort(-(rows @ vector))[:LIMIT].tolist())
        documents = chroma.similarity_search_by_vector(vector.tolist(), k=LIMIT)
        theirs = {int(each.metadata["source"]) + each.metadata["ordinal"] for each in documents}
        shares.append((len(exact & nearest(workspace, vector)) / LIMIT, len(exact & theirs) / LIMIT))
    ours, naive_share = np.mean(shares, axis=0).tolist()
    return ours, naive_share


def nearest(workspace: Workspace, vector: Vectors) -> set[int]:
    """Return the numbers of the chunks that the hybrid search takes for the nearest."""
    store = workspace.store
    found = store.candidates("", vector, limit=LIMIT, viewer=OWNER)
    chunks = store.read(found.rows.tolist(), viewer=OWNER).values()
    return {int(chunk.uri) + chunk.ordinal for chunk in chunks}


def writing(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Search the small store while another process adds documents to it, and when it does not."""
    original, _ = filled_both(options.keep or scratch, options.small)
    folder = scratch / "growing"
    shutil.copytree(original, folder)
    asked = queries(options.queries)
    with open_workspace(folder, config=Config()) as workspace:
        retrieve = partial(workspace.retriever().retrieve, limit=LIMIT, viewer=OWNER)
        retrieve(asked[0])
        yield asked_alone(f"hybrid search of {options.small:,}, nobody writes", retrieve, asked)
        before = workspace.store.stats().chunks
        with writer(folder):
            yield asked_alone("the same while another process adds", retrieve, asked)
            added = workspace.store.stats().chunks - before
    yield alone("chunks that it added meanwhile", [added], unit="")


@contextmanager
def writer(folder: Path) -> Iterator[None]:
    """Have another process add documents without a pause, for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.writer", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        child.stdout.readline()
        yield
        child.kill()


PARTS = {"embed": embed, "small": small, "large": large, "writing": writing}

if __name__ == "__main__":
    main()
