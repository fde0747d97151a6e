"""S7: which values a field has is told of the documents that the viewer may read, and of no other."""

from ragkit.documents import Viewer
from ragkit.store.store import Store
from tests.store.documents import OWNER, document, put


def test_values_are_told_once_and_as_they_are(store: Store) -> None:
    years: tuple[int | str, ...] = (2024, 2024, "2024", True)
    put(store, *(document(f"{number}", "x", year=year) for number, year in enumerate(years)))
    assert [(value, type(value)) for value in store.values("year", viewer=OWNER)] == [
        (2024, int),
        ("2024", str),
        (True, bool),
    ]


def test_values_of_what_a_viewer_may_not_read_are_not_told(store: Store) -> None:
    # Broken on purpose: the condition left out of `reading.values`.
    put(store, document("a", "x", access=frozenset({"hr"}), year=2024), document("b", "y", year=2025))
    assert store.values("year", viewer=Viewer(groups=frozenset({"hr"}))) == [2024]
    assert store.values("uri", viewer=Viewer()) == []


def test_a_field_that_only_chunks_have_has_no_values(store: Store) -> None:
    put(store, document("a", "x"))
    assert store.values("heading", viewer=OWNER) == store.values("nothing", viewer=OWNER) == []
