"""A pytest plugin: a project's own tests hold its search to a figure.

pytest loads this in every project where ragkit is installed, so nothing heavy is imported before the fixture is used.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from ragkit.evaluation.outcomes import Report
    from ragkit.models.embedder import Embedder

NAME = "ragkit_retrieval"


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


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", f"{NAME}: measures how well a ragkit store finds the documents of its questions")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that has the fixture, so that `-m` picks them or leaves them out."""
    for item in items:
        if NAME in getattr(item, "fixturenames", ()):
            item.add_marker(NAME)


@pytest.fixture(scope="session")
def ragkit_retrieval() -> MeasureRetrieval:
    """Return a function that measures a store with a file of questions; docs/evaluation.md describes both."""
    measure: MeasureRetrieval = importlib.import_module("ragkit.evaluation.own_store").measure
    return measure
