import json
from pathlib import Path

import pytest

from benchmarks.contractnli import Contracts, read
from benchmarks.evidence import METRICS, Row, measure, table
from tests.workspaces import workspace

pytestmark = pytest.mark.timeout(60)

KEPT = "A copy of the drawings may be kept in a locked cabinet."
PAID = "A licence fee is due for the trial within ten days."
# A paragraph for each sentence: short ones are shown whole.
TEXT = "\n\n".join(
    [KEPT, "The parties met in spring.", "Samples stay with their owner.", PAID, "The office is closed on Mondays."]
)
LABELS = {"copy": "A copy of the drawings may be kept.", "fee": "A licence fee is due for the trial."}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    spans = [[TEXT.index(clause), TEXT.index(clause) + len(clause)] for clause in (KEPT, PAID)]
    annotations = {"copy": {"spans": [0]}, "fee": {"spans": [1]}}
    document = {"file_name": "one.pdf", "text": TEXT, "spans": spans}
    data = {
        "documents": [{**document, "annotation_sets": [{"annotations": annotations}]}],
        "labels": {key: {"hypothesis": text} for key, text in LABELS.items()},
    }
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def rows(file: Path) -> dict[tuple[str, str], Row]:
    contracts, hypotheses = read(file)
    with workspace(file.parent / "store") as opened:
        opened.ingest(Contracts(contracts))
        measured = measure(opened, contracts, hypotheses)
    assert table(measured).count("\n") == 1 + 5
    return {(row.way, row.metric): row for row in measured}


def test_the_sentence_that_is_the_evidence_is_shown_first(file: Path) -> None:
    # Broken on purpose: `best[-most:]` in Engines, and the worst of three is shown.
    found = rows(file)
    assert [found["shown 1", metric].value for metric in METRICS] == [1.0, 1.0, 1.0, 1.0]


def test_more_sentences_cost_precision_and_a_refusal_shows_none(file: Path) -> None:
    found = rows(file)
    assert found["shown 3", "precision"].value == pytest.approx(1 / 3)
    assert found["shown 3", "recall"].value == 1.0
    assert found["assistant", "shown"].value <= found["adaptive", "shown"].value < found["shown 3", "shown"].value
