"""ragkit beside other frameworks, on a folder in BEIR's layout: `python -m benchmarks.peers FOLDER [NAME ...]`.

The others are no dependency of ragkit: `pip install -r benchmarks/peers/requirements.txt`, into an environment that has
the development one. What is not installed is left out, and that is said. Each step is a process of its own, and each
framework does a step before the next step begins.
"""

import argparse
import importlib.util
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.fresh_peer import CLASSES
from benchmarks.measuring import BUSY, figure, machine, middle
from benchmarks.told import fresh
from ragkit.evaluation.retrieval.metrics import Values
from ragkit.evaluation.retrieval.metrics import measured as retrieval_values
from ragkit.evaluation.sets.beir import read_collection
from ragkit.evaluation.sets.questions import Question
from ragkit.evaluation.sets.rows import read_rows
from ragkit.models.embedding.weights import MINILM_L6, find_files

DEPTH = 10
PACKAGES = {"ragkit": "ragkit", "haystack": "haystack-ai", "llama_index": "llama-index-core", "txtai": "txtai"}
COLUMNS = (
    "framework",
    "first ingest: CPU",
    "clock",
    "the same again: CPU",
    "nDCG@10",
    "R@10",
    "question, p50 / p95",
    "start to first answer",
    "memory",
)
Told = Mapping[str, float]


def main(words: Sequence[str] | None = None) -> None:
    """Measure the frameworks that are installed, and print the table."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CLASSES)}; none, all")
    made.add_argument("--rounds", type=int, default=3, help="how often all questions are asked")
    made.add_argument("--keep", type=Path, help="where the stores are kept; what is there is not ingested anew")
    options = made.parse_args(words)
    if unknown := set(options.names) - set(CLASSES):
        raise SystemExit(f"no framework {', '.join(sorted(unknown))}; there are {', '.join(CLASSES)}")
    names = [name for name in options.names or CLASSES if is_there(name)]
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        table = measured(names, options.folder, options.keep or Path(scratch), rounds=options.rounds)
    busy = max(before, os.getloadavg()[0]) > BUSY * (os.cpu_count() or 1)
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    print("\n".join(table))
    if busy:
        print("The machine was busy: read the CPU time, not the clock.")
    print(*(f"{PACKAGES[name]} {version(PACKAGES[name])}" for name in names), machine()["versions"], sep=", ")


def is_there(name: str) -> bool:
    """Return whether a framework is installed, and say so if it is not."""
    found = importlib.util.find_spec(name) is not None
    if not found:
        print(f"{PACKAGES[name]} is not installed: left out.")
    return found


def measured(names: Sequence[str], folder: Path, stores: Path, *, rounds: int) -> list[str]:
    """Return a row of the table for each framework; a figure of ingest is empty where the store was there before."""
    questions = read_collection(folder).questions.questions
    rows, asked = stores / "rows.json", stores / "questions.json"
    rows.write_text(json.dumps(texts(folder / "corpus.jsonl")), "utf-8")
    asked.write_text(json.dumps([question.text for question in questions]), "utf-8")
    runs = {name: partial(fresh, "peer", name, find_files(MINILM_L6), stores / name) for name in names}
    missing = [name for name in names if not (stores / name).exists()]
    first, again = ({name: runs[name]("add", rows) for name in missing} for _ in range(2))
    searched: dict[str, list[Told]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            searched[name].append(runs[name]("search", asked, stores / f"{name}.json"))
    return [
        row(name, first.get(name), again.get(name), searched[name], quality(questions, stores / f"{name}.json"))
        for name in names
    ]


def texts(corpus: Path) -> list[tuple[str, str]]:
    """Return the documents, each with its title above its text, as a reader would see it."""
    return [
        (row.identity("_id"), "\n\n".join(filter(None, (row.text("title"), row.text("text")))))
        for row in read_rows(corpus)
    ]


def quality(questions: Sequence[Question], answers: Path) -> Values:
    """Return the means of the metrics over the first ten documents that each question found."""
    found = {
        question.id: {uri: -float(place) for place, uri in enumerate(list(dict.fromkeys(uris))[:DEPTH])}
        for question, uris in zip(questions, json.loads(answers.read_text("utf-8")), strict=True)
    }
    values = retrieval_values({question.id: question.relevant for question in questions}, found)
    return {metric: float(np.mean([each[metric] for each in values.values()])) for metric in ("nDCG@10", "R@10")}


def row(name: str, first: Told | None, again: Told | None, searched: Sequence[Told], good: Values) -> str:
    """Return a row: medians over the rounds, and of the ingests what they told."""
    p50, p95, memory = (middle([each[key] for each in searched]) for key in ("p50", "p95", "megabytes"))
    # The clock is all processes', and `seconds` is from the start of this one to its end.
    start = middle([each["first"] - (each["clock"] - each["seconds"]) for each in searched])
    cells = (
        PACKAGES[name],
        figure(first["cores"] if first else None, None, "s"),
        figure(first["seconds"] if first else None, None, "s"),
        figure(again["cores"] if again else None, None, "s"),
        *(f"{value:.3f}" for value in good.values()),
        figure(p50, p95, "ms"),
        figure(start, None, "s"),
        figure(memory, None, "MB"),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
