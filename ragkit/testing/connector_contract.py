"""What every connector must keep, as a pytest class: subclass it and give your connector."""

from collections.abc import Iterator, Set

import pytest

from ragkit.connector import Connector
from ragkit.documents import Listing
from ragkit.errors import ConnectorError

UNKNOWN = Listing(uri="ragkit-contract/there-is-no-such-resource", revision="1")


class ConnectorContract:
    """Override the fixture `connector`; what it gives must list at least one resource, and rest while it is tested.

    Example::

        class TestFaqConnector(ConnectorContract):
            @pytest.fixture
            def connector(self, tmp_path):
                (tmp_path / "faq.json").write_text('{"Open?": "Yes."}')
                return FaqConnector(tmp_path / "faq.json")
    """

    @pytest.fixture
    def connector(self) -> Connector:
        """Give the connector that is tested."""
        raise NotImplementedError("Override the fixture `connector` so that it gives one that lists a resource.")

    @pytest.fixture
    def listings(self, connector: Connector) -> Iterator[list[Listing]]:
        """Give what the connector lists, and close it at the end."""
        found = list(connector.list())
        assert found, "list() yields nothing. Check that the fixture's source holds at least one resource."
        yield found
        connector.close()

    def test_it_has_the_methods_of_a_connector(self, connector: Connector) -> None:
        """The engine calls these and no others."""
        assert isinstance(connector, Connector), "Check that it has a `name` and the methods list, fetch and close."

    def test_its_name_stays(self, connector: Connector, listings: list[Listing]) -> None:
        """Documents are known by the name and the uri, so a name that changes makes all of them new."""
        before = connector.name
        connector.fetch(listings[0])
        assert isinstance(before, str), f"name is {before!r}. Check that it is a text."
        assert before, "name is empty. Check that it has a value before the first call."
        assert connector.name == before, "name changed. Check that nothing sets it after the connector is made."

    def test_uris_are_unique_texts(self, listings: list[Listing]) -> None:
        """Two resources with one uri would replace each other for ever."""
        uris = [listing.uri for listing in listings]
        assert all(uris), f"a uri is empty in {uris[:10]}. Check what the uri is made of."
        twice = sorted({uri for uri in uris if uris.count(uri) > 1})
        assert not twice, f"listed more than once: {twice[:10]}. Check that each uri is yielded once."
        broken = [uri for uri in uris if uri.encode("utf-8", "replace").decode() != uri]
        assert not broken, f"can't be stored as UTF-8: {broken[:10]!a}. Check names that come from the system."

    def test_revisions_are_given(self, listings: list[Listing]) -> None:
        """Without a revision nothing tells that a resource changed."""
        missing = [listing.uri for listing in listings if not listing.revision]
        assert not missing, f"no revision: {missing[:10]}. Give an mtime, an ETag, or a hash of the content."

    def test_listing_again_gives_the_same(self, connector: Connector, listings: list[Listing]) -> None:
        """What is missing in the second listing would be deleted, and what has a new revision embedded again."""
        again = list(connector.list())
        missing = {listing.uri for listing in listings} ^ {listing.uri for listing in again}
        assert not missing, f"only in one of two listings: {sorted(missing)[:10]}. Check that list() starts afresh."
        changed = sorted({listing.uri for listing in again} - {one.uri for one in again if one in listings})
        assert not changed, f"changed in between: {changed[:10]}. Check that revisions depend on the content alone."

    def test_a_listing_that_is_left_early_harms_nothing(self, connector: Connector, listings: list[Listing]) -> None:
        """Whoever reads the first listing only must not spoil the next call."""
        next(iter(connector.list()))
        again = [listing.uri for listing in connector.list()]
        assert again == [listing.uri for listing in listings], "Check that list() keeps its place in no attribute."

    def test_fetch_gives_what_was_listed(self, connector: Connector, listings: list[Listing]) -> None:
        """The resource belongs to its listing, and can be parsed."""
        resource = connector.fetch(listings[0])
        assert resource.uri == listings[0].uri, "Check that fetch() passes on the uri of the listing."
        assert resource.revision == listings[0].revision, "Check that fetch() and list() make revisions the same way."
        assert isinstance(resource.body, bytes), "body is not bytes. Check that a text is encoded."
        assert "/" in resource.media_type, f"media_type is {resource.media_type!r}. Check that it is like 'text/plain'."
        aware = resource.updated_at is None or resource.updated_at.tzinfo is not None
        assert aware, "updated_at has no time zone. Check that it is made with tz=UTC."

    def test_groups_are_sets_of_names(self, connector: Connector, listings: list[Listing]) -> None:
        """A text would be taken apart into groups of one letter."""
        for access in (listings[0].access, connector.fetch(listings[0]).access):
            named = isinstance(access, Set | None) and all(isinstance(group, str) for group in access or ())
            assert named, f"access is {access!r}. Give a frozenset of names; empty, for the owner alone."

    def test_fetching_again_gives_the_same_bytes(self, connector: Connector, listings: list[Listing]) -> None:
        """A failed run fetches again."""
        first, second = connector.fetch(listings[0]), connector.fetch(listings[0])
        assert first.body == second.body, "Check that fetch() reads from the start, and adds no time or random part."

    def test_an_unknown_listing_is_refused(self, connector: Connector) -> None:
        """A resource can go away between list() and fetch()."""
        message = ""
        try:
            connector.fetch(UNKNOWN)
        except ConnectorError as error:
            message = str(error)
        else:
            pytest.fail("fetch() of an unknown uri gave a resource. Check that it raises ResourceRejected.")
        finally:
            connector.close()
        assert message, "The error has no text. Say what failed, with the uri in quotes, and what to do."

    def test_closing_twice_is_fine(self, connector: Connector) -> None:
        """A with block and a finally may both close it."""
        connector.close()
        connector.close()
