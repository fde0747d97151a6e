"""Small collections in BEIR's layout, and workspaces that hold them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragkit.config import Config, ModelsConfig
from ragkit.evaluation.sets.collection_store import collection_store
from ragkit.evaluation.sets.corpus import Corpus
from ragkit.ingestion.ingest import IngestReport
from ragkit.testing import MemoryIndexes, WordEmbeddings
from ragkit.workspace import Workspace
from tests.workspaces import NOBODY

DOCUMENTS = (
    {"_id": "whale", "title": "Whales", "text": "The blue whale sings deepest of all.", "metadata": {"sea": "north"}},
    {"_id": "owl", "title": "Owls", "text": "An owl hunts at night and hears a mouse below the snow."},
    {"_id": "bee", "title": "Bees", "text": "A bee dances to tell where the flowers are."},
    {"_id": "ant", "title": "Ants", "text": "An ant carries fifty times its weight."},
)
QUERIES = (
    {"_id": "q1", "text": "Which whale sings deepest?"},
    {"_id": "q2", "text": "What hunts at night?"},
    {"_id": "q3", "text": "Which animal dances?"},
)
QRELS = "query-id\tcorpus-id\tscore\nq1\twhale\t2\nq1\tbee\t1\nq2\towl\t1\nq3\tbee\t1\n"


def written(
    folder: Path,
    *,
    corpus: Sequence[Mapping[str, object]] = DOCUMENTS,
    queries: Sequence[Mapping[str, object]] = QUERIES,
    qrels: str = QRELS,
) -> Path:
    """Write a collection and return its folder."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(lines(corpus), encoding="utf-8")
    (folder / "queries.jsonl").write_text(lines(queries), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def lines(rows: Sequence[Mapping[str, object]]) -> str:
    """Return one JSON object a line."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@contextmanager
def stored(
    folder: Path,
    *,
    keep: Path | None = None,
    indexes: MemoryIndexes | None = None,
    embedding: WordEmbeddings | None = None,
) -> Iterator[tuple[Workspace, IngestReport]]:
    """Open a workspace of doubles that holds a collection."""
    with collection_store(
        Corpus(folder / "corpus.jsonl", name="animals"),
        Config(models=ModelsConfig(url=NOBODY)),
        keep=keep,
        embedding=embedding or WordEmbeddings(),
        indexes=indexes or MemoryIndexes(),
    ) as opened:
        yield opened
