"""The contract holds for the double, and sees what is wrong with a connector that breaks it."""

from collections.abc import Iterator
from itertools import count

import pytest

from ragkit.connector import Connector
from ragkit.documents import Listing, Resource
from ragkit.testing import MemoryConnector
from ragkit.testing.connector_contract import UNKNOWN, ConnectorContract


class TestMemoryConnector(ConnectorContract):
    @pytest.fixture
    def connector(self) -> Connector:
        return MemoryConnector({"lease.md": "Thirty days.", "rules.md": "No pets."})


class Repeating(MemoryConnector):
    def list(self) -> Iterator[Listing]:
        yield from super().list()
        yield from super().list()


class Restless(MemoryConnector):
    _clock = count()

    def list(self) -> Iterator[Listing]:
        for listing in super().list():
            yield Listing(uri=listing.uri, revision=str(next(self._clock)))


class Exhausted(MemoryConnector):
    def list(self) -> Iterator[Listing]:
        yield from super().list()
        self.texts.clear()


class Renaming(MemoryConnector):
    def fetch(self, listing: Listing) -> Resource:
        self.name += "!"
        return super().fetch(listing)


class Generous(MemoryConnector):
    def fetch(self, listing: Listing) -> Resource:
        return Resource(uri=listing.uri + "!", body=b"", media_type="text/plain", revision="0")


FAULTS = {
    "test_uris_are_unique_texts": (Repeating, "more than once"),
    "test_listing_again_gives_the_same": (Restless, "revisions depend on the content"),
    "test_a_listing_that_is_left_early_harms_nothing": (Exhausted, "keeps its place"),
    "test_its_name_stays": (Renaming, "name changed"),
    "test_fetch_gives_what_was_listed": (Generous, "passes on the uri"),
}


@pytest.mark.parametrize("test", FAULTS)
def test_the_contract_says_what_to_check(test: str) -> None:
    kind, advice = FAULTS[test]
    connector = kind({"a.md": "A", "b.md": "B"})
    listings = list(MemoryConnector({"a.md": "A", "b.md": "B"}).list())
    if kind is Repeating or kind is Restless:
        listings = list(connector.list())
    if kind is Exhausted:
        list(connector.list())
        connector.texts = {"b.md": "B"}
    arguments = {"listings": listings} if kind is Repeating else {"connector": connector, "listings": listings}
    with pytest.raises(AssertionError, match=advice):
        getattr(ConnectorContract(), test)(**arguments)


def test_a_connector_that_gives_the_unknown_is_found() -> None:
    with pytest.raises(pytest.fail.Exception, match="unknown uri"):
        ConnectorContract().test_an_unknown_listing_is_refused(Generous({"a.md": "A"}))


def test_the_unknown_listing_is_not_the_memory_connectors() -> None:
    assert UNKNOWN.uri not in MemoryConnector({"a.md": "A"}).texts
