"""`store.chunk_tokens`: a size of chunks belongs to a store, as its embedder does."""

from pathlib import Path

import pytest

from ragkit.config import Config, ModelsConfig, StoreConfig
from ragkit.documents import Viewer
from ragkit.errors import IndexMismatch
from ragkit.testing import MemoryConnector, MemoryIndexes, WordEmbeddings
from ragkit.workspace import Workspace
from tests.workspaces import NOBODY, workspace

LONG = {"long.md": " ".join(f"This is sentence number {number} of a long text." for number in range(60))}
OWNER = Viewer.local()


def of_size(folder: Path, tokens: int, indexes: MemoryIndexes, embedding: WordEmbeddings | None = None) -> Workspace:
    config = Config(store=StoreConfig(path=folder, chunk_tokens=tokens), models=ModelsConfig(url=NOBODY))
    return workspace(folder, config=config, indexes=indexes, embedding=embedding)


def longest(opened: Workspace) -> int:
    hits = opened.store.matching("sentence", limit=100, viewer=OWNER)
    return max(opened.embedder.count_tokens(hit.chunk.text) for hit in hits)


def test_no_chunk_is_longer_than_the_setting(tmp_path: Path) -> None:
    with of_size(tmp_path, 40, MemoryIndexes()) as opened:
        opened.ingest(MemoryConnector(LONG))
        assert 20 < longest(opened) <= 40


def test_a_store_of_other_chunks_is_refused_until_it_is_reindexed(tmp_path: Path) -> None:
    # Broken on purpose: a `chunker` that returns CHUNKER for every size lets both kinds into one store.
    indexes = MemoryIndexes()
    with of_size(tmp_path, 0, indexes) as opened:
        opened.ingest(MemoryConnector(LONG))
    with of_size(tmp_path, 40, indexes) as opened:
        with pytest.raises(IndexMismatch, match=r"Set store\.chunk_tokens back.* ragkit store reindex --store"):
            opened.search("sentence", viewer=OWNER)
        opened.reindex()
        assert longest(opened) <= 40


def test_nothing_is_ingested_into_a_store_of_other_chunks(tmp_path: Path) -> None:
    indexes = MemoryIndexes()
    with of_size(tmp_path, 40, indexes) as opened:
        opened.ingest(MemoryConnector(LONG))
    with of_size(tmp_path, 0, indexes) as opened, pytest.raises(IndexMismatch, match="'heading-3/40'"):
        opened.ingest(MemoryConnector({"more.md": "More."}))


@pytest.mark.parametrize("tokens", [100, 101, 5000])
def test_the_window_and_more_than_it_are_the_same_as_no_size(tmp_path: Path, tokens: int) -> None:
    indexes, embedding = MemoryIndexes(), WordEmbeddings(window=100)
    with of_size(tmp_path, 0, indexes, embedding) as opened:
        opened.ingest(MemoryConnector(LONG))
    with of_size(tmp_path, tokens, indexes, embedding) as opened:
        assert opened.search("sentence", viewer=OWNER)
        assert longest(opened) <= 100
