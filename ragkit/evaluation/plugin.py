"""A pytest plugin: a project's own tests hold its search and its answers to figures.

pytest loads this in every project where ragkit is installed, so nothing heavy is imported before the fixture is used.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from ragkit.evaluation.answers.outcomes import AnswersReport
    from ragkit.evaluation.retrieval.outcomes import Report
    from ragkit.models.embedding.embedder import Embedder

MARKERS = {
    "ragkit_retrieval": "measures how well a ragkit store finds the documents of its questions",
    "ragkit_answers": "measures how well an assistant answers its cases from a ragkit store",
}


class MeasureRetrieval(Protocol):
    """Measures a store with questions; both are paths. Without `store` and `config` the settings say."""

    def __call__(
        self,
        cases: Path | str,
        store: Path | str | None = None,
        *,
        config: Path | str | None = None,
        embedding: "Embedder | Embeddings | str | None" = None,
    ) -> "Report":
        """Return the figures.

        Raises:
            ConfigError: there is no such file, or a line of it is broken.
            StoreError: there is no store.
            MissingExtra: ir-measures is not installed.
        """
        ...


class MeasureAnswers(Protocol):
    """Asks cases of an assistant. Without `store`, `assistant`, `model` and `config` the settings say."""

    def __call__(
        self,
        cases: Path | str,
        store: Path | str | None = None,
        *,
        assistant: str | None = None,
        model: "BaseChatModel | str | None" = None,
        config: Path | str | None = None,
        embedding: "Embedder | Embeddings | str | None" = None,
    ) -> "AnswersReport":
        """Return the figures.

        Raises:
            ConfigError: there is no such file, or a line of it is broken.
            StoreError: there is no store.
            ModelUnavailable: the model is not there.
        """
        ...


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for name, told in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {told}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that has a fixture of these, so that `-m` picks them or leaves them out."""
    for item in items:
        for name in MARKERS:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)


@pytest.fixture(scope="session")
def ragkit_retrieval() -> MeasureRetrieval:
    """Return a function that measures a store with a file of questions; docs/evaluation.md describes both."""
    measure: MeasureRetrieval = importlib.import_module("ragkit.evaluation.retrieval.own_store").measure
    return measure


@pytest.fixture(scope="session")
def ragkit_answers() -> MeasureAnswers:
    """Return a function that asks a file of cases of an assistant; docs/evaluation.md describes both."""
    measure: MeasureAnswers = importlib.import_module("ragkit.evaluation.answers.own_store").measure
    return measure
