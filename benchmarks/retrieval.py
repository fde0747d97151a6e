"""Retrieval quality on a BEIR set: words alone, meaning alone, and both fused, through ragkit's own store.

Run `python benchmarks/retrieval.py FOLDER [--json]`, where FOLDER has corpus.jsonl, queries.jsonl and qrels/test.tsv.
Each document is one chunk: title and text, embedded up to the embedder's window, as BEIR's published figures are.
"""

import argparse
import csv
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from ragkit.documents import Chunk, Document, Viewer, stable_id
from ragkit.models.minilm import MiniLM
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.dense import DenseRetriever
from ragkit.retrieval.hybrid import HybridRetriever
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.store.catalog import Catalog
from ragkit.store.chroma import ChromaIndexes
from ragkit.store.records import Entry
from ragkit.store.store import Store

BATCH = 256
DEPTH = 100

Judgements = Mapping[str, Mapping[str, int]]


def main() -> None:
    """Build the store, ask every judged query, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    embedder = MiniLM()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "store"
        with Store(
            Catalog.create(folder, fingerprint="benchmark", tenant="local"),
            ChromaIndexes(folder / "index"),
            folder=folder,
        ) as store:
            fill(store, embedder, documents(options.folder))
            dense, lexical = DenseRetriever(store, embedder), LexicalRetriever(store)
            hybrid = HybridRetriever({"dense": dense, "lexical": lexical}, candidates=DEPTH)
            retrievers: dict[str, Retriever] = {"words": lexical, "meaning": dense, "both": hybrid}
            rows = [
                {"retriever": name, **grade(retriever, queries(options.folder), judgements(options.folder))}
                for name, retriever in retrievers.items()
            ]
    print(json.dumps(rows, indent=2) if options.json else table(rows))


def documents(folder: Path) -> Iterator[Document]:
    """Yield the corpus."""
    for row in _lines(folder / "corpus.jsonl"):
        text = f"{row['title']}\n\n{row['text']}".strip()
        yield Document(uri=row["_id"], text=text, source="beir", revision="1", title=row["title"])


def queries(folder: Path) -> dict[str, str]:
    """Return the queries by id."""
    return {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl")}


def judgements(folder: Path) -> Judgements:
    """Return the relevant documents of each query with their grades."""
    found: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return found


def fill(store: Store, embedder: MiniLM, corpus: Iterator[Document]) -> None:
    """Put the corpus into the store, each document as one chunk."""
    with store.writing(), ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        while batch := list(islice(corpus, BATCH)):
            # embed_query takes what fits the window and leaves the rest, which is what this protocol wants.
            vectors = workers.map(embedder.embed_query, [document.text for document in batch])
            entries = [
                Entry(document=document, chunks=[whole(document)], keys=[stable_id(document.uri)]) for document in batch
            ]
            store.replace(entries, dict(zip((entry.keys[0] for entry in entries), vectors, strict=True)))


def whole(document: Document) -> Chunk:
    """Return the document as one chunk."""
    return Chunk(
        document_id=document.id,
        ordinal=0,
        text=document.text,
        start=0,
        end=len(document.text),
        uri=document.uri,
        title=document.title,
    )


def grade(retriever: Retriever, asked: Mapping[str, str], judged: Judgements) -> dict[str, float]:
    """Return the means over the judged queries."""
    ndcg, recall = [], []
    for query_id, relevant in judged.items():
        hits = retriever.retrieve(asked[query_id], limit=DEPTH, viewer=Viewer.local())
        ranking = [hit.chunk.uri for hit in hits]
        ndcg.append(ndcg_at(10, ranking, relevant))
        recall.append(sum(uri in relevant for uri in ranking) / len(relevant))
    return {"queries": len(judged), "ndcg@10": sum(ndcg) / len(ndcg), "recall@100": sum(recall) / len(recall)}


def ndcg_at(depth: int, ranking: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the normalised discounted cumulative gain with linear gains, as trec_eval computes it."""
    gain = sum(relevant.get(uri, 0) / math.log2(rank + 1) for rank, uri in enumerate(ranking[:depth], start=1))
    ideal = sorted(relevant.values(), reverse=True)[:depth]
    best = sum(value / math.log2(rank + 1) for rank, value in enumerate(ideal, start=1))
    return gain / best if best else 0.0


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the figures for people."""
    head = f"{'retriever':10} {'queries':>8} {'nDCG@10':>8} {'R@100':>8}"
    lines = [
        f"{row['retriever']:10} {row['queries']:>8} {row['ndcg@10']:8.4f} {row['recall@100']:8.4f}" for row in rows
    ]
    return "\n".join([head, *lines])


def _lines(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
