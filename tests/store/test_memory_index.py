"""The double keeps what it stands in for."""

import pytest

from ragkit.store.index.base import Indexes
from ragkit.testing import MemoryIndexes
from ragkit.testing.index_contract import IndexContract


class TestMemoryIndexes(IndexContract):
    @pytest.fixture
    def indexes(self) -> Indexes:
        return MemoryIndexes()
