from pathlib import Path

import pytest

from ragkit.errors import ConfigError
from ragkit.testing import MemoryConnector, MemoryIndexes, WordEmbeddings
from tests.evaluation.beir_folder import DOCUMENTS, stored, written
from tests.workspaces import workspace


def test_a_row_becomes_a_document_with_its_title_text_and_metadata(tmp_path: Path) -> None:
    with stored(written(tmp_path / "animals")) as (opened, report):
        (hit,) = opened.search("whale", limit=1, viewer=opened.store.owner)
        document = opened.store.document(hit.chunk.document_id, viewer=opened.store.owner)
    assert (report.added, report.failed) == (4, 0)
    assert document is not None
    assert (document.uri, document.title) == ("whale", "Whales")
    assert document.text == "The blue whale sings deepest of all."
    assert document.metadata == {"sea": "north"}


def test_a_row_without_text_is_found_by_its_title(tmp_path: Path) -> None:
    corpus: list[dict[str, object]] = [
        {"_id": 1, "title": "Giraffes"},
        {"_id": 2, "title": None, "text": "Necks are long."},
    ]
    with stored(written(tmp_path / "animals", corpus=corpus)) as (opened, report):
        hits = opened.search("giraffes", limit=1, viewer=opened.store.owner)
    assert (report.added, hits[0].chunk.uri, hits[0].chunk.text) == (2, "1", "Giraffes")


def test_metadata_that_no_store_keeps_does_not_cost_the_document(tmp_path: Path) -> None:
    corpus = [{"_id": "a", "text": "A whale.", "metadata": {"tags": ["x"], "year": 1999, "big": 2**70, "no": None}}]
    with stored(written(tmp_path / "animals", corpus=corpus)) as (opened, report):
        (hit,) = opened.search("whale", viewer=opened.store.owner)
    assert (report.failed, hit.chunk.metadata) == (0, {"year": 1999})


def test_a_kept_store_embeds_only_what_changed(tmp_path: Path) -> None:
    # Broken on purpose: a revision of `row.start` embeds all that stands behind a changed line.
    folder, indexes, embedding = written(tmp_path / "animals"), MemoryIndexes(), WordEmbeddings()
    with stored(folder, keep=tmp_path / "kept", indexes=indexes, embedding=embedding):
        pass
    corpus = (folder / "corpus.jsonl").read_text(encoding="utf-8")
    (folder / "corpus.jsonl").write_text(corpus.replace("deepest of all", "at times"), encoding="utf-8")
    with stored(folder, keep=tmp_path / "kept", indexes=indexes, embedding=embedding) as (_, report):
        pass
    assert (report.updated, report.unchanged, report.embedded) == (1, 3, 1)


def test_a_store_of_something_else_is_not_touched(tmp_path: Path) -> None:
    # Broken on purpose: without `_refuse_others` the collection goes into the reader's own store.
    indexes = MemoryIndexes()
    with workspace(tmp_path / "own", indexes=indexes) as own:
        own.ingest(MemoryConnector({"a.md": "Mine."}, name="handbook"))
    with (
        pytest.raises(ConfigError, match=r"has documents of handbook. Give --keep a folder of its own"),
        stored(written(tmp_path / "animals"), keep=tmp_path / "own", indexes=indexes),
    ):
        pass
    with workspace(tmp_path / "own", indexes=indexes) as own:
        assert own.store.sources() == ["handbook"]


def test_of_two_rows_with_one_id_the_first_counts_and_the_other_is_counted(tmp_path: Path) -> None:
    folder = written(tmp_path / "animals", corpus=[*DOCUMENTS, {"_id": "owl", "text": "Another owl."}])
    with stored(folder) as (opened, report):
        found = opened.search("owl", limit=1, viewer=opened.store.owner)
    assert report.added == 4
    assert found[0].chunk.title == "Owls"


@pytest.mark.parametrize(("text", "said"), [("", "is empty"), ('{"_id": "a"}\n{', "line 2 is no JSON")])
def test_a_corpus_that_can_not_be_read_leaves_no_store(tmp_path: Path, text: str, said: str) -> None:
    folder = written(tmp_path / "animals")
    (folder / "corpus.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said), stored(folder, keep=tmp_path / "kept"):
        pass
    assert not (tmp_path / "kept").exists()
