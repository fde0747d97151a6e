"""What a connector is, and how installed connectors are found."""

import difflib
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from ragkit.documents import Listing, Resource
from ragkit.errors import ConfigError, RagkitError, ResourceUnavailable, UnknownConnector

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


class Guarded:
    """A connector whose own faults are told as those of its source, so that a bug in it ends no run."""

    def __init__(self, connector: Connector) -> None:
        self.name = connector.name
        self._connector = connector

    def list(self) -> Iterator[Listing]:
        """Have the connector list, and raise a ConnectorError whatever it raises."""
        with self._blaming("list"):
            yield from self._connector.list()

    def fetch(self, listing: Listing) -> Resource:
        """Have the connector fetch, and raise a ConnectorError whatever it raises or gives instead of a resource."""
        with self._blaming("fetch", listing.uri):
            resource = self._connector.fetch(listing)
        if not (isinstance(resource, Resource) and isinstance(resource.body, bytes)):
            raise self._fault("fetch", "gave no Resource with a body of bytes", listing.uri)
        return resource

    def close(self) -> None:
        """Close the connector."""
        self._connector.close()

    @contextmanager
    def _blaming(self, method: str, uri: str = "") -> Iterator[None]:
        try:
            yield
        except RagkitError:
            raise
        except Exception as error:
            module = type(self._connector).__module__
            places = traceback.walk_tb(error.__traceback__)
            lines = [line for frame, line in places if frame.f_globals.get("__name__") == module]
            # Not what it says: the text of a library's error may have an address with a password in it.
            said = f"raised {type(error).__name__} in line {lines[-1] if lines else '?'} of {module}"
            raise self._fault(method, said, uri) from error

    def _fault(self, method: str, what: str, uri: str) -> ResourceUnavailable:
        # What may work later: no revision changes when the connector is mended.
        message = f"{(uri or self.name)!r}: {method}() of {type(self._connector).__name__} {what}. Mend the connector."
        return ResourceUnavailable(message, uri=uri)


class Listed(Guarded):
    """A connector that was listed already, and completely."""

    def __init__(self, connector: Connector) -> None:
        super().__init__(connector)
        self._listings = tuple(super().list())

    def list(self) -> Iterator[Listing]:
        """Yield what was listed."""
        yield from self._listings
