"""The most memory that a process takes: to embed, to search, to ingest.

Run `python -m benchmarks.memory [embed|search|ingest ...] [--json FILE]`. Each figure is the largest resident size of
processes that were started for it alone. ragkit parses files in a child, which has a row of its own.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.both import filled_both
from benchmarks.folder import make_folder
from benchmarks.fresh_embedder import MODELS
from benchmarks.measuring import Row, alone, interval, middle, parser, run
from benchmarks.told import fresh


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    made = parser(__doc__, PARTS, rounds=5)
    made.add_argument("--chunks", type=int, default=10_000, help="for search")
    made.add_argument("--files", type=int, default=40, help="for ingest")
    made.add_argument("--keep", type=Path, help="where the stores are kept")
    run(made.parse_args(words), PARTS)


def embed(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed one question."""
    told = [(fresh("ragkit", "embed"), fresh("naive", "embed")) for _ in range(options.rounds)]
    yield largest("embed a question", told)
    for model in MODELS:
        alone_in_it = [fresh("embedder", model)["megabytes"] for _ in range(options.rounds)]
        yield alone(f"ragkit's {model}, nothing else imported", alone_in_it, unit="MB")


def search(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Open a store and search it once."""
    ours, theirs = filled_both(options.keep or scratch, options.chunks)
    told = [(fresh("ragkit", "search", ours), fresh("naive", "search", theirs)) for _ in range(options.rounds)]
    yield largest(f"search {options.chunks:,} chunks", told)


def ingest(scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Ingest a folder."""
    source = make_folder(scratch / "source", files=options.files)
    folders = [(scratch / f"ragkit-{number}", scratch / f"naive-{number}") for number in range(options.rounds)]
    told = [
        (fresh("ragkit", "ingest", source, ours), fresh("naive", "ingest", source, theirs)) for ours, theirs in folders
    ]
    yield largest(f"ingest {options.files} files", told)
    yield alone("ragkit's children that parse them", [ours["child_megabytes"] for ours, _ in told], unit="MB")


def largest(what: str, told: Sequence[tuple[dict[str, float], dict[str, float]]]) -> Row:
    """Return the row of what the processes told."""
    ours, theirs = ([each[side]["megabytes"] for each in told] for side in (0, 1))
    ratios = [large / small for small, large in zip(ours, theirs, strict=True)]
    return Row(what=what, unit="MB", n=len(told), ragkit=middle(ours), naive=middle(theirs), ratio=interval(ratios))


PARTS = {"embed": embed, "search": search, "ingest": ingest}

if __name__ == "__main__":
    main()
