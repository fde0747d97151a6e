import json
from pathlib import Path

import pytest

from benchmarks.contractnli import METRICS, RETRIEVERS, Contracts, Row, measure, read, table
from tests.workspaces import workspace

pytestmark = pytest.mark.timeout(60)

CLAUSES = [
    "Alder may keep one copy of the drawings in a locked cabinet.",
    "Birch shall return every sample within ten days of the end.",
    "Cedar is not bound to pay any licence fee for the trial.",
]
TEXT = "\n\n".join(clause + " This clause stands alone. " * 30 for clause in CLAUSES)
SPANS = [[TEXT.index(clause), TEXT.index(clause) + len(clause)] for clause in CLAUSES]
LABELS = {"copy": "A copy of the drawings may be kept.", "fee": "A licence fee is due.", "ghost": "Nobody says this."}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    annotations = {
        "copy": {"choice": "Entailment", "spans": [0]},
        "fee": {"choice": "Contradiction", "spans": [2]},
        "ghost": {"choice": "NotMentioned", "spans": []},
    }
    document = {"text": TEXT, "spans": SPANS, "annotation_sets": [{"annotations": annotations}]}
    data = {
        "documents": [{"file_name": name, **document} for name in ("one.pdf", "two.pdf")],
        "labels": {key: {"hypothesis": text} for key, text in LABELS.items()},
    }
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def measured(file: Path) -> dict[tuple[str, str, str], Row]:
    contracts, hypotheses = read(file)
    with workspace(file.parent / "store") as opened:
        opened.ingest(Contracts(contracts))
        rows = measure(opened, contracts, hypotheses)
    assert table(rows).count("\n") == 2 * 5 + 1
    return {(row.protocol, row.retriever, row.metric): row for row in rows}


def test_a_clause_is_found_within_its_contract(file: Path) -> None:
    # Broken on purpose: `where=None` in `within`, and the other contract's clause takes the first place of one.
    rows = measured(file)
    assert {rows["within", name, "R@1"].mean for name in RETRIEVERS} == {1.0}
    assert {rows["within", "lexical", metric].n for metric in METRICS} == {4}


def test_all_contracts_are_asked_at_once_and_what_none_mentions_is_left_out(file: Path) -> None:
    rows = measured(file)
    assert rows["whole", "hybrid", "R@1"].mean == 0.5
    assert (rows["whole", "hybrid", "R@3"].mean, rows["whole", "hybrid", "R@3"].n) == (1.0, 2)
    assert rows["whole", "hybrid less dense", "MRR@10"].mean == 0.0
