"""Who may read a document follows its source at the next ingest, whatever becomes of the document itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit import Listing, Resource, Viewer, Workspace
from ragkit.errors import ResourceUnavailable
from ragkit.testing import MemoryConnector
from ragkit_connectors.files import FilesConnector
from tests.workspaces import workspace

TEXTS = {"bands.md": "The pay bands are reviewed in April.", "leave.md": "Leave is counted in days."}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "store") as made:
        yield made


def readers(opened: Workspace) -> set[str]:
    """Return the groups of which somebody finds the pay bands."""
    groups = ("staff", "hr")
    return {one for one in groups if opened.search("pay bands", viewer=Viewer(groups=frozenset({one})))}


# Broken on purpose: `_readmitted` of ingestion/ingest.py always empty.
def test_groups_that_a_source_changes_hold_at_once_and_nothing_is_fetched_for_them(opened: Workspace) -> None:
    source = MemoryConnector(TEXTS, access=["staff"])
    opened.ingest(source)
    for access, expected in ((["hr"], {"hr"}), ([], set()), (["hr", "staff"], {"hr", "staff"})):
        source.access = frozenset(access)
        report = opened.ingest(source)
        assert (report.updated, report.unchanged, readers(opened)) == (2, 0, expected)
    assert (len(source.fetched), opened.ingest(source).unchanged) == (2, 2)


class Silent(MemoryConnector):
    """Lists what it has and gives nothing of it."""

    def fetch(self, listing: Listing) -> Resource:
        raise ResourceUnavailable(f"{listing.uri!r} does not answer.", uri=listing.uri)


def test_groups_hold_though_the_document_itself_can_not_be_read(opened: Workspace) -> None:
    opened.ingest(MemoryConnector(TEXTS, access=["staff"]))
    report = opened.ingest(Silent({name: f"{text} New." for name, text in TEXTS.items()}, access=["hr"]))
    assert (report.failed, readers(opened)) == (2, {"hr"})


def test_a_group_that_no_document_can_have_lets_nobody_in(opened: Workspace) -> None:
    source = MemoryConnector(TEXTS, access=["staff"])
    opened.ingest(source)
    # SQLite's functions for JSON stop at a NUL, and would read "hr".
    source.access = frozenset({"hr\0x"})
    opened.ingest(source)
    assert readers(opened) == set()


def test_who_may_read_files_follows_the_settings(opened: Workspace, tmp_path: Path) -> None:
    (tmp_path / "pay.md").write_text(TEXTS["bands.md"], "utf-8")
    for access in (["staff"], ["hr"], []):
        opened.ingest(FilesConnector(tmp_path / "pay.md", name="pay", access=access))
        assert readers(opened) == set(access)
