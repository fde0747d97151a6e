"""What every vector index must keep. Subclass it in your tests and override one fixture."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ragkit.documents import Chunk, Document
from ragkit.models.embedding.embedder import Vectors
from ragkit.store.catalog import writing
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.records import Entry
from ragkit.store.index.base import Indexes, VectorIndex

DIMENSION = 16
CLOSE = 1e-4


class IndexContract:
    """The tests of an `Indexes` and of the indexes it opens.

    class TestMyIndexes(IndexContract):
        @pytest.fixture
        def indexes(self, tmp_path) -> Indexes:
            return MyIndexes(tmp_path)
    """

    @pytest.fixture
    def indexes(self) -> Indexes:
        """Return the place under test, in which there is no index yet; override it."""
        raise NotImplementedError("override the fixture `indexes` and return yours")

    @pytest.fixture
    def index(self, indexes: Indexes) -> VectorIndex:
        """Return an empty index of the place under test."""
        return indexes.open("ragkit-contract")

    def test_an_empty_index_finds_nothing(self, index: VectorIndex) -> None:
        """A new store is searched before anything is in it."""
        assert nearest(index, unit(0), limit=3) == []
        assert index.ids() == set()

    def test_the_nearest_come_first_with_their_cosine(self, index: VectorIndex) -> None:
        """The score is shown, and compared with what the profiles ask for."""
        index.upsert(["far", "near", "same"], np.stack([unit(1), between(0, 1), unit(0)]))
        found = nearest(index, unit(0), limit=3)
        assert [row for row, _ in found] == ["same", "near", "far"], "is the best first?"
        cosines = [score for _, score in found]
        assert np.allclose(cosines, [1, np.sqrt(0.5), 0], atol=CLOSE), "is it the cosine, and not a distance?"

    def test_each_of_several_vectors_gets_its_own(self, index: VectorIndex) -> None:
        """A check asks for hundreds at once."""
        fill(index, 3)
        found = index.nearest(np.stack([unit(2), unit(0), unit(2)]), limit=1)
        assert [row for ((row, _),) in found] == ["2", "0", "2"], "are they in the order of the vectors?"

    def test_an_opposite_vector_has_a_negative_cosine(self, index: VectorIndex) -> None:
        """A similarity that is cut at 0 looks nearer than it is."""
        index.upsert(["a"], -unit(0)[None, :])
        ((_, score),) = nearest(index, unit(0), limit=1)
        assert abs(score + 1) < CLOSE

    def test_the_limit_holds_and_may_be_more_than_there_is(self, index: VectorIndex) -> None:
        """A small store has fewer rows than candidates are asked for."""
        fill(index, 5)
        assert len(nearest(index, unit(0), limit=2)) == 2  # noqa: PLR2004 - the limit above
        assert len(nearest(index, unit(0), limit=50)) == 5  # noqa: PLR2004 - all of them

    def test_upsert_overwrites(self, index: VectorIndex) -> None:
        """A chunk that is written again after a crash is one chunk."""
        index.upsert(["a"], unit(0)[None, :])
        index.upsert(["a"], unit(1)[None, :])
        assert index.ids() == {"a"}
        ((_, score),) = nearest(index, unit(1), limit=5)
        assert score > 1 - CLOSE, "is the old vector still there?"

    def test_delete_removes_what_is_there_and_forgives_what_is_not(self, index: VectorIndex) -> None:
        """What a crash left over is removed without looking first."""
        fill(index, 3)
        index.delete(["0", "never-there"])
        assert index.ids() == {"1", "2"}
        assert "0" not in [row for row, _ in nearest(index, unit(0), limit=5)]

    def test_nothing_given_nothing_done(self, index: VectorIndex) -> None:
        """A document of pictures has no chunks."""
        index.upsert([], np.zeros((0, DIMENSION), np.float32))
        index.delete([])
        assert index.ids() == set()

    def test_more_rows_than_one_batch(self, index: VectorIndex) -> None:
        """Databases limit what one call may carry; the caller does not know the limit."""
        names = [f"row-{number}" for number in range(6000)]
        index.upsert(names, rows(names))
        assert index.ids() == set(names), "are pages read to the end?"
        index.delete(names[:5999])
        assert index.ids() == {names[5999]}

    def test_two_indexes_lie_side_by_side(self, indexes: Indexes) -> None:
        """A new index is built while the old one serves."""
        old, new = indexes.open("ragkit-old"), indexes.open("ragkit-new")
        old.upsert(["a"], unit(0)[None, :])
        new.upsert(["b"], unit(0)[None, :])
        assert (old.ids(), new.ids()) == ({"a"}, {"b"})
        indexes.drop("ragkit-old")
        assert nearest(new, unit(0), limit=5)[0][0] == "b", "does dropping one take the other along?"

    def test_dropping_what_is_not_there_is_no_error(self, indexes: Indexes) -> None:
        """A repair that was interrupted is done again."""
        indexes.open("ragkit-gone").upsert(["a"], unit(0)[None, :])
        indexes.drop("ragkit-gone")
        indexes.drop("ragkit-gone")
        indexes.drop("ragkit-never-there")

    def test_an_index_that_is_opened_again_has_what_was_written(self, indexes: Indexes) -> None:
        """An index outlives the process."""
        indexes.open("ragkit-kept").upsert(["a"], unit(0)[None, :])
        again = indexes.open("ragkit-kept")
        again.reopen()
        assert again.ids() == {"a"}
        assert nearest(again, unit(0), limit=1)[0][0] == "a"

    def test_an_index_that_is_opened_twice_shows_what_the_other_wrote(self, indexes: Indexes) -> None:
        """A reader of a store opens it again when a writer has finished."""
        reader, writer = indexes.open("ragkit-shared"), indexes.open("ragkit-shared")
        assert nearest(reader, unit(0), limit=1) == []
        writer.upsert(["a"], unit(0)[None, :])
        reader.reopen()
        assert nearest(reader, unit(0), limit=1)[0][0] == "a"

    def test_a_name_that_was_dropped_starts_empty(self, indexes: Indexes) -> None:
        """What was forgotten must not come back by its name, from a file or from a cache."""
        before = indexes.open("ragkit-dropped")
        before.upsert(["a"], unit(0)[None, :])
        assert before.ids() == {"a"}
        indexes.drop("ragkit-dropped")
        after = indexes.open("ragkit-dropped")
        assert (after.ids(), nearest(after, unit(0), limit=1)) == (set(), [])
        after.upsert(["b"], unit(0)[None, :])
        assert indexes.open("ragkit-dropped").ids() == {"b"}

    def test_dropping_one_of_several_leaves_the_others(self, indexes: Indexes) -> None:
        """Other stores may keep their indexes in the same place."""
        names = [f"ragkit-several-{number}" for number in range(5)]
        for name in names:
            indexes.open(name).upsert([name], unit(0)[None, :])
        seals = {name: indexes.seal(name) for name in names}
        indexes.drop(names[2])
        assert [name for name in names if indexes.is_intact(name, seals[name])] == names[:2] + names[3:]
        assert indexes.open(names[4]).ids() == {names[4]}

    def test_a_seal_fits_until_something_is_written(self, indexes: Indexes, index: VectorIndex) -> None:
        """Whoever opens a store knows by its seal that nobody else has written."""
        fill(index, 3)
        seal = indexes.seal("ragkit-contract")
        again = indexes.open("ragkit-contract")
        again.reopen()
        assert nearest(again, unit(1), limit=1)[0][0] == "1"
        assert indexes.is_intact("ragkit-contract", seal), "does opening or searching change what is sealed?"
        assert indexes.is_intact("ragkit-contract", seal, thorough=True)
        index.upsert(["new"], unit(5)[None, :])
        assert not indexes.is_intact("ragkit-contract", seal)

    def test_what_is_not_there_has_no_seal_and_is_not_made_by_asking(self, indexes: Indexes) -> None:
        """Looking at a store changes nothing."""
        assert indexes.seal("ragkit-nowhere") == ""
        assert not indexes.is_intact("ragkit-nowhere", "")
        assert indexes.seal("ragkit-nowhere") == "", "did asking make it?"

    @pytest.mark.parametrize("seal", ["", "0f8fad5b-d9cb-469f-a165-70867728950e 3", '{"files": {}, "counts": []}'])
    def test_the_seal_of_another_kind_of_index_fits_nothing(
        self, indexes: Indexes, index: VectorIndex, seal: str
    ) -> None:
        """The settings may name another place than the store was written with."""
        fill(index, 3)
        assert not indexes.is_intact("ragkit-contract", seal)

    def test_a_probe_finds_a_whole_index_whole(self, indexes: Indexes, index: VectorIndex, tmp_path: Path) -> None:
        """Every id is there, and every vector is found by searching for it."""
        index.upsert(*catalogued(tmp_path, 4))
        found = indexes.probe("ragkit-contract", tmp_path, most=4)
        assert (found.indexed, found.fault) == (4, "")

    @pytest.mark.parametrize("harm", ["missing", "foreign", "exchanged", "replaced", "gone"])
    def test_a_probe_finds_every_harm(self, indexes: Indexes, index: VectorIndex, tmp_path: Path, harm: str) -> None:
        """The last line of defence: it believes no seal and no count."""
        ids, vectors = catalogued(tmp_path, 4)
        index.upsert(ids, vectors)
        if harm in ("missing", "exchanged"):
            index.delete(ids[:1])
        if harm in ("foreign", "exchanged"):
            index.upsert(["foreign"], unit(9)[None, :])
        if harm == "replaced":
            index.upsert(ids[:1], unit(9)[None, :])
        if harm == "gone":
            indexes.drop("ragkit-contract")
        found = indexes.probe("ragkit-contract", tmp_path, most=4)
        assert found.fault
        assert found.indexed == {"missing": 3, "exchanged": 3, "gone": 0}.get(harm, 4)


def nearest(index: VectorIndex, vector: Vectors, *, limit: int) -> list[tuple[str, float]]:
    """Return what lies nearest to one vector."""
    (found,) = index.nearest(vector[None, :], limit=limit)
    return found


def unit(axis: int) -> Vectors:
    """Return the unit vector of an axis."""
    return np.asarray(np.eye(DIMENSION)[axis], np.float32)


def between(first: int, second: int) -> Vectors:
    """Return the unit vector half way between two axes."""
    return np.asarray((unit(first) + unit(second)) / np.sqrt(2), np.float32)


def rows(names: Sequence[str]) -> Vectors:
    """Return a unit vector for each name, the same every time."""
    drawn = np.random.default_rng(7).standard_normal((len(names), DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def fill(index: VectorIndex, count: int) -> None:
    """Write a number of rows named "0", "1" and so on, each on its own axis."""
    index.upsert([str(number) for number in range(count)], np.stack([unit(number) for number in range(count)]))


def catalogued(folder: Path, count: int) -> tuple[list[str], Vectors]:
    """Write a catalog with one document of so many chunks; return their ids and vectors, each on its own axis.

    One more chunk is still to get its vector. No index has it, and none is at fault for that.
    """
    words = [f"word{number}" for number in range(count + 1)]
    document = Document(uri="a", text=" ".join(words), source="contract", revision="1", title="a")
    chunks = [
        Chunk(document_id=document.id, ordinal=place, text=word, start=place * 6, end=place * 6 + 5, uri="a", title="a")
        for place, word in enumerate(words)
    ]
    entry = Entry(document=document, chunks=chunks, keys=words)
    catalog = Catalog.create(folder, fingerprint="contract", tenant="local")
    with closing(catalog), catalog.writing() as connection:
        writing.put(connection, [entry], {word: unit(place) for place, word in enumerate(words[:count])})
        writing.forget_lacking(connection)
    return list(entry.ids[:count]), np.stack([unit(place) for place in range(count)])
