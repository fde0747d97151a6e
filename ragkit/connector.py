"""What a connector is, and how installed connectors are found."""

import difflib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from ragkit.documents import Listing, Resource
from ragkit.errors import ConfigError, UnknownConnector

GROUP = "ragkit.connectors"


@runtime_checkable
class Connector(Protocol):
    """A source of documents. `name` identifies the source for ever: documents are known by (name, uri)."""

    name: str

    def list(self) -> Iterator[Listing]:
        """Yield every resource of the source once, without fetching any.

        Ingest removes what is no longer listed, so a listing that is cut short must raise.

        Raises:
            ResourceUnavailable: the source can't be listed completely now.
            ResourceRejected: the source does not exist or may not be read.
        """
        ...

    def fetch(self, listing: Listing) -> Resource:
        """Return the bytes of one listing.

        Raises:
            ResourceUnavailable: try again later.
            ResourceRejected: this resource will never work; the others may.
        """
        ...

    def close(self) -> None:
        """Release what the connector holds. Calling it twice is fine."""
        ...


ConnectorFactory = Callable[..., Connector]


def installed_connectors() -> tuple[str, ...]:
    """Return the names of the installed connectors, sorted, without importing any of them."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def connector_factory(name: str) -> ConnectorFactory:
    """Import and return one connector's factory; a broken plug-in breaks nothing but itself.

    Raises:
        UnknownConnector: nothing of that name is installed.
        ConfigError: two packages claim the name, or the plug-in can't be imported.
    """
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    if not points:
        raise _unknown(name)
    targets = {point.value for point in points}
    if len(targets) > 1:
        raise ConfigError(f"two packages provide the connector {name!r}: {', '.join(sorted(targets))}. Uninstall one.")
    return _load(points[0])


def _load(point: EntryPoint) -> ConnectorFactory:
    try:
        factory: ConnectorFactory = point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise ConfigError(f"the connector {point.name!r} can't be imported from {point.value!r}: {error}") from error
    return factory


def _unknown(name: str) -> UnknownConnector:
    installed = installed_connectors()
    near = difflib.get_close_matches(name, installed, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    message = f"there is no connector {name!r}.{hint} Installed: {', '.join(installed) or 'none'}."
    return UnknownConnector(message, name=name, installed=installed)


class Listed:
    """A connector that was listed already, and completely."""

    def __init__(self, connector: Connector) -> None:
        self.name = connector.name
        self._connector = connector
        self._listings = tuple(connector.list())

    def list(self) -> Iterator[Listing]:
        """Yield what was listed."""
        yield from self._listings

    def fetch(self, listing: Listing) -> Resource:
        """Have the connector fetch it."""
        return self._connector.fetch(listing)

    def close(self) -> None:
        """Close the connector."""
        self._connector.close()
