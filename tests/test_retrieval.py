from ragkit.documents import Chunk, Hit, Viewer
from ragkit.filters import Filter
from ragkit.retrieval.condense import condense
from ragkit.retrieval.evidence import evidence
from ragkit.retrieval.hybrid import RRF_K, HybridRetriever, fuse, merge_neighbours

TEXT = "one two three four five six"


def hit(document: str, ordinal: int, *, score: float = 1.0, heading: str = "", text: str = "") -> Hit:
    words = TEXT.split()
    text = text or words[ordinal]
    start = TEXT.index(text) if text in TEXT else 0
    chunk = Chunk(
        document_id=document,
        ordinal=ordinal,
        text=text,
        start=start,
        end=start + len(text),
        uri=document,
        title="",
        heading=heading,
    )
    return Hit(chunk=chunk, score=score)


class Fixed:
    """A retriever that always finds the same."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = list(hits)

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        return self.hits[:limit]


def test_what_both_rankings_have_comes_first() -> None:
    dense = [hit("a", 0, score=0.9), hit("b", 0, score=0.8)]
    lexical = [hit("c", 0, score=7.0), hit("b", 0, score=5.0)]
    fused = fuse({"dense": dense, "lexical": lexical})
    assert [h.chunk.document_id for h in fused] == ["b", "a", "c"]
    assert fused[0].score == 2 / (RRF_K + 2)
    assert fused[0].why == {"dense_rank": 2, "dense_score": 0.8, "lexical_rank": 2, "lexical_score": 5.0}


def test_no_rankings_no_hits() -> None:
    assert fuse({"dense": [], "lexical": []}) == []


def test_neighbours_below_one_heading_become_one_hit() -> None:
    hits = [hit("a", 3), hit("b", 0), hit("a", 2), hit("a", 5)]
    merged = merge_neighbours(hits, lambda _, start, end: TEXT[start:end])
    assert [(h.chunk.document_id, h.chunk.text) for h in merged] == [("a", "three four"), ("b", "one"), ("a", "six")]
    assert merged[0].chunk.text == TEXT[merged[0].chunk.start : merged[0].chunk.end]


def test_neighbours_below_different_headings_stay_apart() -> None:
    hits = [hit("a", 0, heading="A"), hit("a", 1, heading="B")]
    assert len(merge_neighbours(hits, lambda *_: "")) == 2


def test_the_limit_holds_after_fusion() -> None:
    retriever = HybridRetriever({"x": Fixed(hit("a", 0), hit("b", 1), hit("c", 2))})
    assert len(retriever.retrieve("?", limit=2, viewer=Viewer.local())) == 2


def test_a_follow_up_takes_the_earlier_question_along() -> None:
    assert condense("And for monthly ones?", ["How long do annual refunds take?"]) == (
        "How long do annual refunds take? And for monthly ones?"
    )
    assert condense("why?", ["Is Sunday free?"]).startswith("Is Sunday free?")


def test_a_question_of_its_own_stands_alone() -> None:
    question = "How do I reset the password of another user?"
    assert condense(question, ["How long do refunds take?"]) == question
    assert condense(question, []) == question


def test_evidence_is_higher_for_what_shares_meaning_and_words() -> None:
    near = Hit(chunk=hit("a", 0, text="Refunds take ten days.").chunk, score=1, why={"dense_score": 0.7})
    far = Hit(chunk=hit("a", 0, text="Cats sleep all day.").chunk, score=1, why={"dense_score": 0.05})
    assert evidence("How long do refunds take?", [far, near]) > 0.5
    assert evidence("How long do refunds take?", [far]) < 0.2
    assert evidence("anything", []) == 0.0
