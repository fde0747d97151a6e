"""Search by both ways at once: what each finds alone is found, and a code is not drowned by meaning."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit import Workspace
from ragkit.documents import Hit, Viewer
from ragkit.retrieval import fusion
from ragkit.retrieval.hybrid import HybridRetriever
from ragkit.retrieval.view import View
from ragkit.testing import MemoryConnector, WordEmbeddings
from tests.workspaces import workspace

OWNER = Viewer.local()
CODES = {
    f"code-{number}": f"# Printer\n\nThe code E{number} says that the printer is out of paper." for number in range(40)
}
OTHERS = {
    "paper": "# Printer\n\nWhen the printer is out of paper, open the lid and put paper in.",
    "cat": "# Cat\n\nThe cat sleeps all day.",
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("hybrid") / "store") as made:
        made.ingest(MemoryConnector({**CODES, **OTHERS}))
        yield made


def found(opened: Workspace, query: str, *, limit: int = 3) -> list[Hit]:
    return opened.retriever().retrieve(query, limit=limit, viewer=OWNER)


def test_a_code_is_found_among_forty_like_it(opened: Workspace) -> None:
    for number in (7, 23, 39):
        assert found(opened, f"the printer says E{number}, what now")[0].chunk.uri == f"code-{number}"


def test_a_code_that_the_nearest_lack_takes_weight_from_meaning(opened: Workspace) -> None:
    plain, code = (found(opened, query)[0].why["dense_weight"] for query in ("is the paper out", "is the paper out E7"))
    # Broken on purpose: `unseen = 0.0`.
    assert code < plain


def test_a_code_that_the_nearest_lack_takes_more_weight_than_a_mere_word(opened: Workspace) -> None:
    # Both stand in one chunk each. Broken on purpose: `fusion.MERE = 1.0`.
    query = "is the paper out of the printer {}"
    word, code = (found(opened, query.format(name))[0].why["dense_weight"] for name in ("Lid", "E7"))
    assert code < word


def test_a_question_that_names_no_code_is_judged_more_by_meaning(opened: Workspace) -> None:
    # Broken on purpose: `is_plain = False`, and `is_plain = fusion.is_question(query)`.
    said, asked, said_of_code, asked_of_code = (
        found(opened, query)[0].why["dense_weight"]
        for query in ("the paper is in it", "what paper is in it", "the E7 lid", "what E7 lid")
    )
    assert said < asked
    assert said_of_code == asked_of_code


class Syllables(WordEmbeddings):
    """Has short words whole, and takes the others to pieces."""

    def count_tokens(self, text: str) -> int:
        return sum(-(-len(word) // 5) for word in text.split())


GERMAN = {f"de-{number}": f"# Kaffee\n\nWasserkocherbedienungsanleitung {number}: der Rand." for number in range(60)}
ENGLISH = {f"en-{number}": f"# Tea\n\nPut a cup of water {number} on and wait for it to boil." for number in range(20)}


def test_what_the_embedder_takes_to_pieces_is_judged_more_by_words(tmp_path: Path) -> None:
    weights = []
    for embedding in (WordEmbeddings(), Syllables()):
        with workspace(tmp_path / type(embedding).__name__, embedding=embedding) as made:
            made.ingest(MemoryConnector({**GERMAN, **ENGLISH}))
            weights.append([found(made, query)[0].why["dense_weight"] for query in ("der rand", "the cup of water")])
    (german, english), (german_in_pieces, english_in_pieces) = weights
    # Broken on purpose: `pieces` of the sample, or of what was found, alone.
    assert german_in_pieces == pytest.approx(german * (1 - fusion.UNKNOWN))
    assert english_in_pieces == english


def test_every_hit_has_both_scores_and_the_weight_between_them(opened: Workspace) -> None:
    for hit in found(opened, "printer out of paper", limit=5):
        why = hit.why
        assert 0 <= why["dense_weight"] <= 1
        assert why["dense_score"] > 0
        assert why["lexical_score"] > 0


def test_a_document_whose_title_is_asked_for_is_ahead_of_one_that_says_the_words(tmp_path: Path) -> None:
    commands = {
        "merge": "# git merge\n\nOf two histories it makes one.",
        "driver": "# git merge driver\n\nNamed in the attributes.",
        **{f"n{number}": f"# git n{number}\n\nAnother command, number {number}, for cats." for number in range(8)},
    }
    with workspace(tmp_path / "store") as made:
        made.ingest(MemoryConnector(commands))
        # Broken on purpose: `fusion.TITLE = 0.0`.
        assert [hit.chunk.uri for hit in found(made, "to use git merge", limit=2)] == ["merge", "driver"]


def test_a_query_of_unknown_words_is_answered_by_meaning(opened: Workspace) -> None:
    hits = found(opened, "zzz qqq")
    assert {hit.why["lexical_score"] for hit in hits} == {0.0}
    scores = [hit.why["dense_score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    with workspace(tmp_path / "store") as made:
        made.ingest(MemoryConnector({}))
        assert made.retriever().retrieve("anything", viewer=OWNER) == []


def test_the_limit_is_kept_and_may_exceed_the_candidates(opened: Workspace) -> None:
    few = HybridRetriever(opened.store, opened.embedder, candidates=1, merge=False)
    assert len(few.retrieve("printer paper", limit=20, viewer=OWNER)) == 20


def test_one_question_reads_a_chunk_once(tmp_path: Path) -> None:
    with workspace(tmp_path / "store") as made:
        made.ingest(MemoryConnector(OTHERS))
        now, later = (View(made.store, where=None, viewer=OWNER) for _ in range(2))
        rows = now.with_words(["cat"])
        read = now.read(rows)
        with made.store.writing():
            made.store.remove("memory", list(OTHERS))
        # Broken on purpose: a view that keeps nothing asks again.
        assert (list(read), now.read(rows), later.read(rows)) == (rows, read, {})
        assert rows
