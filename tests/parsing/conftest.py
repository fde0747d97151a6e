from collections.abc import Iterator

import pytest

from ragkit.parsing.parser import Parser


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as shared:
        yield shared
