"""What a nightly job does with a workspace: back up, restore, repair."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ragkit.documents import Viewer
from ragkit.errors import ModelUnavailable
from ragkit.models.embedding.embedder import Vectors
from ragkit.testing import MemoryConnector, WordEmbeddings
from ragkit.workspace import Workspace
from tests.workspaces import filled, workspace

OWNER = Viewer.local()


class Unwilling(WordEmbeddings):
    """Takes no texts, as a server does that is away."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise ModelUnavailable("away", model="words")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with filled(tmp_path / "store") as made:
        yield made


def uris(of: Workspace, query: str) -> list[str]:
    return [hit.chunk.uri for hit in of.search(query, viewer=OWNER)]


def test_a_restored_workspace_answers_like_the_one_that_was_backed_up(opened: Workspace, tmp_path: Path) -> None:
    kept = opened.backup(tmp_path / "kept.zip")
    with workspace(tmp_path / "again") as again:
        assert again.restore(tmp_path / "kept.zip") == kept
        assert uris(again, "refund") == uris(opened, "refund")


def test_a_backup_restored_in_the_place_of_an_open_store_is_what_is_found(opened: Workspace, tmp_path: Path) -> None:
    kept, before = opened.backup(tmp_path / "kept.zip"), uris(opened, "refund")
    opened.ingest(MemoryConnector({"late.md": "A refund is never late."}, name="late"))
    assert "late.md" in uris(opened, "refund")
    shutil.rmtree(tmp_path / "store")
    assert opened.restore(tmp_path / "kept.zip") == kept
    assert uris(opened, "refund") == before


def test_a_repair_gives_vectors_to_what_an_ingest_left_without(tmp_path: Path) -> None:
    with workspace(tmp_path, embedding=Unwilling()) as broken, pytest.raises(ModelUnavailable):
        broken.ingest(MemoryConnector({"a.md": "A refund takes ten days."}))
    with workspace(tmp_path) as mended:
        assert mended.results("refund", viewer=OWNER).unembedded == 1
        assert mended.repair() == 1
        assert mended.results("refund", viewer=OWNER).unembedded == 0
