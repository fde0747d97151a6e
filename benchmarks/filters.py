"""Speed of filtered search: by metadata and by permission, one chunk in a hundred and one in two, v Chroma's `where`.

Run `python -m benchmarks.filters [vectors|whole ...] [--json FILE]`. `--keep FOLDER` keeps the stores, for this and for
`benchmarks.query`. `--chunks 1000 --queries 4 --rounds 2` shows whether it runs, not how fast.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks import naive
from benchmarks.both import filled_both
from benchmarks.filling import SEED
from benchmarks.made_up import BUCKETS, PER_DOCUMENT, clustered, labels, nearby, queries
from benchmarks.measuring import Row, latencies, parser, run
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.filters import Equals, Filter
from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.minilm import MiniLM
from ragkit.workspace import open_workspace

LIMIT = 10
_PIECE = 1 << 20
OWNER = Viewer.local()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A restriction, as each side writes it. Chroma knows no readers: there it is metadata in both ways."""

    what: str
    label: str
    value: int
    by_permission: bool = False

    @property
    def where(self) -> Filter | None:
        """Ragkit's filter."""
        return None if self.by_permission else Equals(self.label, self.value)

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return Viewer(groups=frozenset({f"{self.label}-{self.value}"})) if self.by_permission else OWNER

    @property
    def chroma(self) -> dict[str, str]:
        """Chroma's filter; its annotation is narrower than what it takes."""
        return {self.label: self.value}  # type: ignore[dict-item]

    def admitted(self, chunks: int) -> list[int]:
        """Return the numbers of the chunks that it lets through."""
        return [number for number in range(chunks) if labels(number // PER_DOCUMENT)[self.label] == self.value]


CASES = (
    Case(what="metadata, 1 %", label="bucket", value=7),
    Case(what="metadata, 50 %", label="half", value=1),
    Case(what="permission, 1 %", label="bucket", value=7, by_permission=True),
    Case(what="permission, 50 %", label="half", value=1, by_permission=True),
)
OTHERS = [Case(what="", label="bucket", value=value) for value in range(BUCKETS)]
Question = tuple[Vectors, Case]
Ask = Callable[[Question], set[int]]


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=5)
    made.add_argument("--chunks", type=int, default=100_000)
    made.add_argument("--queries", type=int, default=50)
    made.add_argument("--keep", type=Path, help="where the stores are kept")
    run(made.parse_args(words), PARTS)


def vectors(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Find the nearest vectors, and compare with the exact ones."""
    ours, theirs = filled_both(options.keep or scratch, options.chunks)
    read_once(ours, theirs)
    rows = clustered(options.chunks, seed=SEED)
    asked = list(nearby(rows, options.queries))
    chroma = naive.opened(theirs, naive.Transformer(threads=1))
    with open_workspace(ours, config=Config()) as workspace:
        store = workspace.store

        def nearest(question: Question) -> set[int]:
            vector, case = question
            hits = store.nearest(vector, limit=LIMIT, where=case.where, viewer=case.viewer)
            return {int(hit.chunk.uri) + hit.chunk.ordinal for hit in hits}

        def similar(question: Question) -> set[int]:
            vector, case = question
            found = chroma.similarity_search_by_vector(vector.tolist(), k=LIMIT, filter=case.chroma)
            return {int(each.metadata["source"]) + each.metadata["ordinal"] for each in found}

        for what, cases in {
            **{case.what: [case] for case in CASES},
            "metadata, 1 %, ever another value": OTHERS,
        }.items():
            questions = list(zip(asked, cycle(cases), strict=False))
            yield latencies(f"vectors, {what}", nearest, similar, questions, rounds=options.rounds)
            shares = recalls((nearest, similar), questions, rows)
            yield Row(what=f"recall@{LIMIT}, {what}", unit="", n=len(asked), ragkit=shares[0], naive=shares[1])


def read_once(*folders: Path) -> None:
    """Read all files, so that no search waits for the disk: kept stores may lie there alone, new ones in memory too."""
    for folder in folders:
        for file in filter(Path.is_file, folder.rglob("*")):
            with file.open("rb") as opened:
                while opened.read(_PIECE):
                    pass


def recalls(asks: Sequence[Ask], questions: Sequence[Question], rows: Vectors) -> list[float]:
    """Return which share of the nearest each finds, on the average."""
    admitted = {case: np.array(case.admitted(len(rows))) for _, case in questions}
    found: list[list[float]] = [[] for _ in asks]
    for vector, case in questions:
        among = admitted[case]
        exact = set(among[np.argsort(-(rows[among] @ vector))[:LIMIT]].tolist())
        for ask, shares in zip(asks, found, strict=True):
            shares.append(len(exact & ask((vector, case))) / len(exact))
    return [float(np.mean(shares)) for shares in found]


def whole(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed the question and search: by meaning and by words, v the dense search alone."""
    ours, theirs = filled_both(options.keep or scratch, options.chunks)
    chroma = naive.opened(theirs, naive.Transformer(threads=1))
    with open_workspace(ours, config=Config(), embedding=MiniLM()) as workspace:
        retrieve = workspace.retriever().retrieve
        asked = queries(options.queries)
        for query in asked:
            # The postings of a word are read when it is first asked for; `benchmarks.query` measures that, too.
            retrieve(query, limit=LIMIT, viewer=OWNER)
        for case in CASES:
            ask = partial(retrieve, limit=LIMIT, where=case.where, viewer=case.viewer)
            search = partial(chroma.similarity_search, k=LIMIT, filter=case.chroma)
            yield latencies(f"hybrid search v dense, {case.what}", ask, search, asked, rounds=options.rounds)


PARTS = {"vectors": vectors, "whole": whole}

if __name__ == "__main__":
    main()
