"""What a server reads before the first question: all that a search needs, in nobody's way."""

import threading

import pytest

from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog.records import Rows
from ragkit.store.memory import unread, warming
from ragkit.store.memory.admitted import EVERYTHING
from ragkit.store.memory.memory import Memory
from ragkit.store.memory.unread import Unread
from ragkit.store.memory.warming import NAME
from tests.store.documents import WORDS

pytestmark = pytest.mark.timeout(60)
QUERY = WORDS.embed_query("red kettle")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows whose vectors are read, a page of three at a time."""
    told: list[int] = []
    page = Unread.page

    def telling(self: Unread) -> tuple[Rows, Vectors]:
        rows, vectors = page(self)
        told.extend(rows.tolist())
        return rows, vectors

    monkeypatch.setattr(unread, "_PAGE", 3)
    monkeypatch.setattr(Unread, "page", telling)
    return told


def test_the_first_search_reads_no_vectors_if_they_were_read_ahead(held: Memory, read: list[int]) -> None:
    held.prepare()
    ahead = len(read)
    # Broken on purpose: `prepare` that looks without `dense`.
    assert held.nearest(QUERY, limit=3, wanted=EVERYTHING)
    assert len(read) == ahead > 0


def test_common_words_are_read_behind_the_vectors(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "FEWEST", 1)
    held.prepare()
    # Broken on purpose: `begin` left to searches that have words.
    assert NAME in {thread.name for thread in threading.enumerate()}


def test_nothing_is_read_for_a_store_that_was_closed_meanwhile(held: Memory, read: list[int]) -> None:
    held.close()
    # Broken on purpose: `_leveled` without a look at `_closed`.
    held.prepare()
    assert read == []
