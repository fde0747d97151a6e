"""A connector with a bug in it: told as a fault of its source, with the line, and the others go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit import Listing, Resource, Viewer, Workspace
from ragkit.errors import ConfigError, ResourceUnavailable
from ragkit.testing import MemoryConnector
from tests.workspaces import workspace

TEXTS = {"lease.md": "Rent is due on the first.", "pets.md": "Pets are welcome."}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "store") as made:
        yield made


class Faulty(MemoryConnector):
    """Stumbles over one of its texts, until it is mended."""

    mended = False

    def fetch(self, listing: Listing) -> Resource:
        if listing.uri == "pets.md" and not self.mended:
            raise KeyError("https://me:secret@tickets.example")
        return super().fetch(listing)


# Broken on purpose: without `Guarded` in Workspace.ingest.
def test_a_bug_in_a_connector_costs_one_document_and_is_tried_again(opened: Workspace) -> None:
    source = Faulty(TEXTS)
    report = opened.ingest(source)
    assert (report.added, [failure.uri for failure in report.failures]) == (1, ["pets.md"])
    source.mended = True
    assert opened.ingest(source).added == 1


def test_what_is_told_names_method_class_and_line_but_no_secret(opened: Workspace) -> None:
    message = opened.ingest(Faulty(TEXTS)).failures[0].message
    assert message.startswith("'pets.md': fetch() of Faulty raised KeyError in line ")
    assert message.endswith(f" of {__name__}. Mend the connector.")
    assert "secret" not in message


class Listless(MemoryConnector):
    """Breaks off in the middle of its list."""

    def list(self) -> Iterator[Listing]:
        yield from list(super().list())[:1]
        raise RuntimeError


def test_a_list_that_breaks_off_with_any_error_deletes_nothing(opened: Workspace) -> None:
    opened.ingest(MemoryConnector(TEXTS))
    with pytest.raises(ResourceUnavailable, match=r"'memory': list\(\) of Listless raised RuntimeError"):
        opened.ingest(Listless(TEXTS))
    assert len(opened.store.documents(viewer=Viewer.local())) == len(TEXTS)


class Textual(MemoryConnector):
    """Gives a text for bytes."""

    def fetch(self, listing: Listing) -> Resource:
        return Resource(uri=listing.uri, body="text", media_type="text/plain", revision="1")  # type: ignore[arg-type]


def test_what_is_no_resource_with_bytes_is_named_before_it_is_parsed(opened: Workspace) -> None:
    failures = opened.ingest(Textual(TEXTS)).failures
    assert "fetch() of Textual gave no Resource with a body of bytes" in failures[0].message


@pytest.mark.parametrize("target", [42, None, ["lease.md"], MemoryConnector])
def test_what_is_no_connector_is_refused_with_what_one_has(opened: Workspace, target: object) -> None:
    with pytest.raises(ConfigError, match="is no connector: that has a name and the methods list, fetch and close"):
        opened.ingest(target)  # type: ignore[arg-type]
