"""What most tests of the server ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ragkit.workspace import Workspace
from tests.server.served import client, filled


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with documents of several groups."""
    with filled(tmp_path / "store") as made:
        yield made


@pytest.fixture
def local(opened: Workspace) -> Iterator[TestClient]:
    """A program on the same machine, without keys."""
    with client(opened) as made:
        yield made
