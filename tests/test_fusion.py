"""The weight between meaning and words comes from the query and from what it finds."""

import pytest

from ragkit.retrieval import fusion

COMMON = frozenset({"how", "do", "i", "the", "a"})


def pieces(word: str) -> int:
    return 3 if word == "errfailed" else 1


def weight(query: str, *, unseen: float = 0.0, mean_words: float = 120.0, words: int = 3) -> float:
    rarities = {f"word{number}": 2.0 for number in range(words)}
    return fusion.weight(query, rarities, unseen=unseen, mean_words=mean_words, common=COMMON)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("how do I reset it", set()),
        ("what is E42 about", {"e42"}),
        ("Does Anna know the router?", {"anna"}),
        ("Router is broken. Anna knows.", set()),
        ("the iPhone is lost", {"iphone"}),
        ("what means errfailed", {"errfailed"}),
        ("section 14 of it", {"14"}),
    ],
)
def test_names_are_what_an_embedder_knows_little_of(query: str, named: set[str]) -> None:
    words = ["reset", "e42", "anna", "router", "iphone", "errfailed", "14"]
    assert fusion.names(query, [word for word in words if word in query.lower()], pieces) == named


def test_a_sentence_is_judged_more_by_meaning_than_a_list_of_words() -> None:
    assert weight("how do I reset the router") == pytest.approx(fusion.MEANING)
    assert weight("router reset") == pytest.approx(fusion.MEANING * fusion.KEYWORDS)
    assert weight("router reset?") == pytest.approx(fusion.MEANING)


def test_short_lines_are_judged_more_by_meaning() -> None:
    assert weight("how do I", mean_words=5) == pytest.approx(fusion.MEANING + fusion.SHORT)
    assert fusion.MEANING < weight("how do I", mean_words=15) < fusion.MEANING + fusion.SHORT


def test_names_that_only_the_words_find_take_the_weight_away() -> None:
    weights = [weight("how do I", unseen=unseen) for unseen in (0.0, 0.2, 0.4, 0.6, 1.0)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-2:] == [0.0, 0.0]


def test_without_words_meaning_counts_alone() -> None:
    assert weight("??", words=0) == 1.0


def test_a_name_counts_as_far_as_the_nearest_chunks_lack_it() -> None:
    rarities = {"e42": 6.0, "printer": 2.0}
    matching = ["Code E42: open the lid."]
    near = ["The printer prints.", "A printer is grey.", "E42 and the printer."]
    assert fusion.unseen_names({"e42"}, rarities, nearest=near, matching=matching) == pytest.approx(6 / 8 * 2 / 3)
    assert fusion.unseen_names({"e42"}, rarities, nearest=matching, matching=matching) == 0
    assert fusion.unseen_names({"e42"}, rarities, nearest=near, matching=["Nothing of it."]) == 0
    assert fusion.unseen_names({"e42"}, rarities, nearest=[], matching=matching) == 0
    assert fusion.unseen_names(set(), {}, nearest=near, matching=matching) == 0


def test_bm25_is_held_against_the_most_that_the_query_can_score() -> None:
    assert fusion.most_bm25([2.0, 1.0]) == pytest.approx(6.6)
    assert fusion.most_bm25([]) == 1.0
