"""Finding the clause: hypotheses of ContractNLI, and the passages of a contract that entail or contradict them.

Run `python -m benchmarks.contractnli FILE [--keep FOLDER] [--json FILE]`, where FILE is its dev.json or test.json.
Every contract is ingested as a document. `within` asks each contract for each hypothesis that it has evidence on,
with a filter on the contract; `whole` asks all contracts at once for each hypothesis. A chunk is relevant if it
shares a character with a span of the evidence. `lexical`, `dense` and `hybrid` are ragkit's retrievers, before
neighbouring chunks are put together.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from ragkit.config import Config, StoreConfig
from ragkit.documents import Chunk, Listing, Resource
from ragkit.evaluation.bootstrap import Interval, intervals
from ragkit.evaluation.retrieval.metrics import measured
from ragkit.evaluation.sets.corpus import RowParser
from ragkit.filters import Equals, Filter
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.hybrid import HybridRetriever
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.workspace import Workspace

CUTS = (1, 3, 5, 8)
METRICS = (*(f"R@{cut}" for cut in CUTS), "MRR@10", "nDCG@10", "R@100")
RETRIEVERS = ("lexical", "dense", "hybrid")
_DEPTH = 100
# More chunks than a contract has.
_ALL = 2_000
Spans = Sequence[tuple[int, int]]
R = TypeVar("R")
Measure = Callable[[Workspace, "list[Contract]", dict[str, str]], list[R]]


class _Annotation(TypedDict):
    spans: list[int]


class _Annotated(TypedDict):
    annotations: dict[str, _Annotation]


class _Document(TypedDict):
    file_name: str
    text: str
    spans: list[list[int]]
    annotation_sets: list[_Annotated]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A contract with the evidence on each hypothesis, as characters from and to."""

    name: str
    text: str
    evidence: Mapping[str, Spans]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search: the hypothesis, where it is looked for, and the ids of the chunks that it should find."""

    text: str
    where: Filter | None
    relevant: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Row(Interval):
    """A mean, or for `retriever` "hybrid less ..." a mean of differences; `protocol` is within or whole."""

    protocol: str
    retriever: str
    metric: str


class Contracts:
    """A connector for the contracts of a file."""

    name = "contracts"

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._texts = {contract.name: contract.text for contract in contracts}

    def list(self) -> Iterator[Listing]:
        """Yield every contract."""
        yield from (Listing(uri=name, revision="1", title=name) for name in self._texts)

    def fetch(self, listing: Listing) -> Resource:
        """Return the text as it is in the file, so that offsets stay."""
        body = self._texts[listing.uri].encode()
        return Resource(uri=listing.uri, body=body, media_type="text/plain", revision="1", title=listing.title)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def run(measure: Measure[R], table: Callable[[list[R]], str], *, about: str | None) -> None:
    """Ingest the contracts of a file, measure, and print the table."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--keep", type=Path, help="where the store is kept")
    parser.add_argument("--json", type=Path, help="write the rows to a file")
    options = parser.parse_args()
    contracts, hypotheses = read(options.file)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        config = Config(store=StoreConfig(path=options.keep or Path(scratch) / "store"))
        chosen = config.models.embedding
        with Workspace(config, embedding=chosen, chat="extractive", parser=RowParser()) as opened:
            opened.ingest(Contracts(contracts))
            rows = measure(opened, contracts, hypotheses)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps({"rows": [vars(row) for row in rows]}, indent=2), encoding="utf-8")


def read(file: Path) -> tuple[list[Contract], dict[str, str]]:
    """Return the contracts, and the hypotheses by their keys."""
    data = json.loads(file.read_text(encoding="utf-8"))
    hypotheses = {key: label["hypothesis"] for key, label in data["labels"].items()}
    return [_contract(document) for document in data["documents"]], hypotheses


def measure(opened: Workspace, contracts: Sequence[Contract], hypotheses: Mapping[str, str]) -> list[Row]:
    """Ask every retriever under both protocols."""
    store = opened.store
    relevant = {contract.name: _relevant(opened, contract) for contract in contracts}
    within = [
        Asked(text=hypotheses[key], where=Equals("uri", name), relevant=ids)
        for name, found in relevant.items()
        for key, ids in found.items()
    ]
    whole = [
        Asked(text=text, where=None, relevant=frozenset().union(*(found.get(key, ()) for found in relevant.values())))
        for key, text in hypotheses.items()
        if any(key in found for found in relevant.values())
    ]
    retrievers: dict[str, Retriever] = {
        "lexical": LexicalRetriever(store),
        "dense": DenseRetriever(store, opened.embedder),
        "hybrid": HybridRetriever(store, opened.embedder, merge=False),
    }
    return [
        *_rows("within", opened, within, retrievers),
        *_rows("whole", opened, whole, retrievers),
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the means as a table in Markdown."""
    kinds = list(dict.fromkeys((row.protocol, row.retriever, row.n) for row in rows))
    cells = {(row.protocol, row.retriever, row.metric): row for row in rows}
    lines = [f"| | n | {' | '.join(METRICS)} |", "|---|---|" + "---|" * len(METRICS)]
    for protocol, retriever, n in kinds:
        found = [cells[protocol, retriever, metric] for metric in METRICS]
        sign = "+" if "less" in retriever else ""
        shown = " | ".join(one.shown(sign=sign) for one in found)
        lines.append(f"| {protocol}, {retriever} | {n} | {shown} |")
    return "\n".join(lines)


def _contract(document: _Document) -> Contract:
    annotated = document["annotation_sets"][0]["annotations"]
    evidence = {key: [document["spans"][place] for place in one["spans"]] for key, one in annotated.items()}
    return Contract(
        name=document["file_name"],
        text=document["text"],
        evidence={key: [(start, end) for start, end in found] for key, found in evidence.items() if found},
    )


def _relevant(opened: Workspace, contract: Contract) -> dict[str, frozenset[str]]:
    """Return the chunks that share a character with the evidence, for each hypothesis that has any."""
    store = opened.store
    where, vector = Equals("uri", contract.name), opened.embedder.embed_query("evidence")
    chunks = [hit.chunk for hit in store.nearest(vector, limit=_ALL, where=where, viewer=store.owner)]
    found = {
        key: frozenset(_identity(chunk) for chunk in chunks if _overlaps(chunk, spans))
        for key, spans in contract.evidence.items()
    }
    return {key: ids for key, ids in found.items() if ids}


def _identity(chunk: Chunk) -> str:
    return f"{chunk.uri}#{chunk.ordinal}"


def _overlaps(chunk: Chunk, spans: Spans) -> bool:
    return any(start < chunk.end and chunk.start < end for start, end in spans)


def _rows(
    protocol: str, opened: Workspace, asked: Sequence[Asked], retrievers: Mapping[str, Retriever]
) -> Iterator[Row]:
    values = {name: _values(retriever, opened, asked) for name, retriever in retrievers.items()}
    for against in RETRIEVERS[:-1]:
        values[f"hybrid less {against}"] = values["hybrid"] - values[against]
    for name, each in values.items():
        for metric, found in zip(METRICS, intervals(each), strict=True):
            yield Row(protocol=protocol, retriever=name, metric=metric, **asdict(found))


def _values(retriever: Retriever, opened: Workspace, asked: Sequence[Asked]) -> NDArray[np.float64]:
    """Return a row of metrics for each search."""
    rankings: dict[str, dict[str, float]] = {}
    for number, one in enumerate(asked):
        hits = retriever.retrieve(one.text, limit=_DEPTH, where=one.where, viewer=opened.store.owner)
        rankings[str(number)] = {_identity(hit.chunk): -float(rank) for rank, hit in enumerate(hits)}
    judged = {str(number): dict.fromkeys(one.relevant, 1) for number, one in enumerate(asked)}
    standard = measured(judged, rankings)
    return np.array(
        [
            [_recall(list(rankings[key]), set(judged[key]), cut) for cut in CUTS]
            + [standard[key][metric] for metric in METRICS[len(CUTS) :]]
            for key in judged
        ]
    )


def _recall(ranking: Sequence[str], relevant: set[str], cut: int) -> float:
    return len(relevant.intersection(ranking[:cut])) / len(relevant)


if __name__ == "__main__":
    run(measure, table, about=__doc__)
