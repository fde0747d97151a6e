"""Measure the answers from a store of one's own with cases of one's own."""

from pathlib import Path

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from ragkit.config_file import load_config
from ragkit.evaluation.answers.measuring import evaluate_answers, read_case_set
from ragkit.evaluation.answers.outcomes import AnswersReport
from ragkit.models.embedding.embedder import Embedder
from ragkit.workspace import open_workspace


def measure(
    cases: Path | str,
    store: Path | str | None = None,
    *,
    assistant: str | None = None,
    model: BaseChatModel | str | None = None,
    config: Path | str | None = None,
    embedding: Embedder | Embeddings | str | None = None,
) -> AnswersReport:
    """Return how well an assistant answers the cases from a store.

    Without `store`, `assistant`, `model` and `config` the settings say, as for the command line.

    Raises:
        ConfigError: there is no such file, or a line of it is broken.
        StoreError: there is no store.
        ModelUnavailable: the model is not there.
    """
    asked = read_case_set(Path(cases))
    settings = load_config(Path(config) if config else None)
    with open_workspace(store, config=settings, chat=model, embedding=embedding) as workspace:
        return evaluate_answers(workspace, asked, assistant=assistant)
