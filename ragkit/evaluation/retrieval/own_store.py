"""Measure a store of one's own with questions of one's own."""

from pathlib import Path

from langchain_core.embeddings import Embeddings

from ragkit.config_file import load_config
from ragkit.evaluation.retrieval.measuring import evaluate
from ragkit.evaluation.retrieval.outcomes import Report
from ragkit.evaluation.sets.questions import read_cases
from ragkit.models.embedding.embedder import Embedder
from ragkit.workspace import open_workspace


def measure(
    cases: Path | str,
    store: Path | str | None = None,
    *,
    config: Path | str | None = None,
    embedding: Embedder | Embeddings | str | None = None,
) -> Report:
    """Return how well a store finds the documents of the cases.

    Without `store` and `config` the settings say, as for the command line.

    Raises:
        ConfigError: there is no such file, or a line of it is broken.
        StoreError: there is no store.
    """
    questions = read_cases(Path(cases))
    settings = load_config(Path(config) if config else None)
    with open_workspace(store, config=settings, embedding=embedding) as workspace:
        return evaluate(workspace, questions)
