"""From the start of a process to its first vector and its first search.

Run `python -m benchmarks.start [embed|search ...] [--json FILE]`. Each figure is of processes that were started for it
alone, in turn, after one of each that is not counted.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.both import filled_both
from benchmarks.measuring import Row, paired, parser, run
from benchmarks.told import fresh


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=5)
    made.add_argument("--chunks", type=int, default=10_000)
    made.add_argument("--keep", type=Path, help="where the stores are kept")
    run(made.parse_args(words), PARTS)


def embed(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed one question."""
    yield started("process to first vector", ["embed"], ["embed"], rounds=options.rounds)


def search(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Open a store and search it once."""
    ours, theirs = filled_both(options.keep or scratch, options.chunks)
    what = f"process to first search of {options.chunks:,}"
    yield started(what, ["search", ours], ["search", theirs], rounds=options.rounds)


def started(what: str, ours: Sequence[object], theirs: Sequence[object], *, rounds: int) -> Row:
    """Start both in turn."""
    told = [(fresh("ragkit", *ours), fresh("naive", *theirs)) for _ in range(rounds + 1)][1:]
    return paired(what, np.array([[(each["seconds"], each["cores"]) for each in pair] for pair in told]))


PARTS = {"embed": embed, "search": search}

if __name__ == "__main__":
    main()
