"""Workspaces for the pages, one a test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from ragkit.testing import ScriptedChat
from ragkit.workspace import Workspace
from tests.apps.browsing import browser, enlarged, large_text, page, phone, root
from tests.apps.screens import ANSWER, filled_workspace

# The fixtures of a real browser, for all tests here.
__all__ = ["browser", "enlarged", "large_text", "page", "phone", "root"]


@pytest.fixture(autouse=True)
def _nothing_cached() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    with filled_workspace(folder, ScriptedChat(ANSWER)) as made:
        yield made


@pytest.fixture(autouse=True)
def _own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give back the module that was run: AppTest puts its script there, and new processes would run that again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
