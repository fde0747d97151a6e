"""A store whose vectors are on a Chroma server: whatever happens to the server, searches are answered right."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragkit.errors import IndexUnavailable
from ragkit.store.index import trusted
from ragkit.store.index.chroma_server import ServerIndexes
from ragkit.store.store import Store
from ragkit.testing.index_contract import IndexContract
from tests.real.chroma_server import (
    TEXTS,
    ChromaProcess,
    Collection,
    all_found,
    answered_by_server,
    assert_whole,
    collection_of,
    opened,
)
from tests.store.documents import WORDS, document, found, put

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


class TestChromaServer(IndexContract):
    @pytest.fixture
    def indexes(self, chroma: ChromaProcess, tmp_path: Path) -> Iterator[ServerIndexes]:
        yield ServerIndexes(chroma.url, store=tmp_path / "unused")
        chroma.delete_all()
        assert not (tmp_path / "unused").exists(), "nothing is written here when a server keeps the vectors"


def test_a_whole_life_of_a_store(server: ChromaProcess, tmp_path: Path) -> None:
    with opened(tmp_path / "store", server.url) as store:
        put(store, document("a", *TEXTS[:6]), document("b", *TEXTS[6:]))
        assert all_found(store)
        put(store, document("a", "all anew", *TEXTS[1:6]))
        assert found(store, "all anew")[0] == "all anew"
        assert TEXTS[0] not in found(store, TEXTS[0])
        with store.writing():
            assert store.remove("memory", ["b"]) == 1
        assert TEXTS[7] not in found(store, TEXTS[7])
        assert len(Collection(server, collection_of(store.folder)).ids()) == 6
        assert_whole(store)
    assert not (tmp_path / "store" / "index").exists()


def test_a_rebuilt_index_takes_the_place_of_the_old_one(server: ChromaProcess, folder: Path) -> None:
    old = collection_of(folder)
    with opened(folder, server.url) as store, opened(folder, server.url) as reader:
        assert all_found(reader)
        with store.writing():
            assert store.rebuild() == len(TEXTS)
        assert all_found(store)
        assert all_found(reader)
        assert_whole(reader)
    # Broken on purpose: `drop` doing nothing leaves the old one here.
    assert server.names() == {collection_of(folder)} != {old}


def emptied(server: ChromaProcess, kept: Collection) -> None:
    kept.delete(kept.ids())


def halved(server: ChromaProcess, kept: Collection) -> None:
    kept.delete(kept.ids()[::2])


def foreign_id(server: ChromaProcess, kept: Collection) -> None:
    kept.write(["foreign"], WORDS.embed_documents([TEXTS[0]]))


def deleted(server: ChromaProcess, kept: Collection) -> None:
    kept.drop()


def made_anew(server: ChromaProcess, kept: Collection) -> None:
    kept.drop()
    server.ask("POST", "", {"name": kept.name})
    # As many ids as before, so that only the collection's own id tells.
    Collection(server, kept.name).write([f"other{number}" for number in range(12)], WORDS.embed_documents(TEXTS))


def server_emptied(server: ChromaProcess, kept: Collection) -> None:
    server.start_empty()


def vector_replaced(server: ChromaProcess, kept: Collection) -> None:
    kept.write(kept.ids()[:1], WORDS.embed_documents(["something else"]))


def id_exchanged(server: ChromaProcess, kept: Collection) -> None:
    kept.delete(kept.ids()[:1])
    kept.write(["foreign"], WORDS.embed_documents(["something else"]))


Harm = Callable[[ChromaProcess, Collection], None]
SEEN = [emptied, halved, foreign_id, deleted, made_anew, server_emptied]
HIDDEN = [vector_replaced, id_exchanged]


@pytest.mark.parametrize("harm", SEEN)
def test_harm_on_the_server_is_noticed_before_the_first_answer(server: ChromaProcess, folder: Path, harm: Harm) -> None:
    before = collection_of(folder)
    harm(server, Collection(server, before))
    with opened(folder, server.url) as store:
        # Broken on purpose: `is_intact` believing any collection of that name.
        assert all_found(store)
        assert_whole(store)
    assert server.names() == {collection_of(folder)} != {before}


@pytest.mark.parametrize("harm", HIDDEN)
def test_what_keeps_id_and_count_is_found_by_the_full_check_alone(
    server: ChromaProcess, folder: Path, harm: Harm
) -> None:
    harm(server, Collection(server, collection_of(folder)))
    with opened(folder, server.url) as store:
        assert not all_found(store), "noticed after all: say so in the docstring of chroma_server"
        assert store.stats().indexed == len(TEXTS)
        assert store.examine().fault != ""
        with store.writing():
            store.rebuild()
        assert all_found(store)
        assert_whole(store)


@pytest.mark.parametrize("harm", [deleted, server_emptied])
def test_a_collection_that_vanishes_under_an_open_store_is_made_anew(
    server: ChromaProcess, folder: Path, harm: Harm
) -> None:
    with opened(folder, server.url) as store:
        assert all_found(store)
        harm(server, Collection(server, collection_of(folder)))
        assert all_found(store)
        assert_whole(store)


def test_a_server_that_is_down_at_first_is_used_when_it_is_there(
    server: ChromaProcess, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = collection_of(folder)
    server.stop()
    with opened(folder, server.url) as store:
        with caplog.at_level(logging.WARNING):
            # Broken on purpose: `usable` not catching IndexUnavailable.
            assert all_found(store)
        assert f"no Chroma server answers at '{server.url}'" in caplog.text
        assert store.stats().indexed == 0
        server.start()
        assert all_found(store)
        assert_whole(store)
    assert collection_of(folder) == before, "an index that was only away needs no rebuilding"


def test_a_server_that_goes_down_between_two_searches_is_used_when_it_is_back(
    server: ChromaProcess, folder: Path
) -> None:
    before = collection_of(folder)
    with opened(folder, server.url) as store:
        assert answered_by_server(store)
        server.stop()
        # Broken on purpose: `Store.nearest` not catching IndexUnavailable.
        assert all_found(store)
        assert not answered_by_server(store)
        server.start()
        assert all_found(store)
        assert_whole(store)
    assert collection_of(folder) == before


def test_what_was_done_to_the_server_while_it_was_away_is_noticed(server: ChromaProcess, folder: Path) -> None:
    with opened(folder, server.url) as store:
        assert answered_by_server(store)
        server.stop()
        assert all_found(store)
        server.start()
        halved(server, Collection(server, collection_of(folder)))
        # Broken on purpose: `distrust` keeping the index that was only away.
        assert all_found(store)
        assert_whole(store)


def test_a_writer_is_told_that_the_server_is_down_and_loses_nothing(server: ChromaProcess, folder: Path) -> None:
    server.stop()
    with opened(folder, server.url) as store:
        with pytest.raises(IndexUnavailable, match=f"Run: chroma run --port {server.port}"):
            put(store, document("c", "late news"))
        assert all_found(store)
        server.start()
        put(store, document("c", "late news"))
        assert found(store, "late news")[0] == "late news"
        assert all_found(store)
        assert_whole(store)


def put_and_stop(store: Store, server: ChromaProcess, text: str) -> None:
    with store.writing():
        put(store, document("c", text))
        server.stop()


def test_a_server_that_goes_down_under_a_writer_leaves_the_store_usable(server: ChromaProcess, folder: Path) -> None:
    with opened(folder, server.url) as store:
        with pytest.raises(IndexUnavailable):
            put_and_stop(store, server, "late news")
        assert found(store, "late news")[0] == "late news"
        assert all_found(store)
        server.start()
        assert all_found(store)
        assert_whole(store)


def test_a_server_that_goes_down_at_the_end_of_a_session_costs_an_examination(
    server: ChromaProcess, folder: Path
) -> None:
    with opened(folder, server.url) as store:
        with pytest.raises(IndexUnavailable):
            put_and_stop(store, server, "late news")
        server.start()
        assert found(store, "late news")[0] == "late news"
        assert_whole(store)


def test_a_large_index_is_left_to_the_next_writer(
    server: ChromaProcess, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted, "REBUILT_AT_ONCE", 5)
    deleted(server, Collection(server, collection_of(folder)))
    with opened(folder, server.url) as store:
        assert all_found(store)
        assert not answered_by_server(store)
        put(store, document("c", "late news"))
        assert all_found(store)
        assert_whole(store)
