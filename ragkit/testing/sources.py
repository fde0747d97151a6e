"""A source of documents that lives in memory."""

from collections.abc import Collection, Iterator, Mapping

from ragkit.documents import Listing, Resource, groups_of, stable_id
from ragkit.errors import ResourceRejected


class MemoryConnector:
    """Serves the texts it was given as Markdown. Change `texts` between two syncs to play a changing source.

    `access` names the groups that may read all of them, and may change as well; None leaves that to what is fetched.
    `fetched` lists the uris in the order in which they were fetched.
    """

    def __init__(
        self, texts: Mapping[str, str], *, name: str = "memory", access: Collection[str] | None = None
    ) -> None:
        self.name = name
        self.texts = dict(texts)
        self.access = None if access is None else groups_of(access)
        self.fetched: list[str] = []

    def list(self) -> Iterator[Listing]:
        """Yield the texts in the order of their uris."""
        for uri in sorted(self.texts):
            yield Listing(uri=uri, revision=stable_id(self.texts[uri]), title=uri, access=self.access)

    def fetch(self, listing: Listing) -> Resource:
        """Return the text as bytes; ResourceRejected if it was taken away since."""
        self.fetched.append(listing.uri)
        if listing.uri not in self.texts:
            raise ResourceRejected(f"{listing.uri!r} is gone", uri=listing.uri)
        body = self.texts[listing.uri].encode()
        return Resource(
            uri=listing.uri, body=body, media_type="text/markdown", revision=listing.revision, title=listing.title
        )

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
