"""The weight between meaning and words comes from the query and from what it finds."""

import pytest

from ragkit.config import RetrievalConfig
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


def test_meaning_counts_more_where_the_nearest_chunks_say_what_was_asked() -> None:
    weights = [fusion.raised(0.6, share) for share in (0.0, 0.4, 0.55, 0.7, 1.0)]
    assert weights == pytest.approx([0.6, 0.6, 0.6 * (1 + fusion.SAID / 2), 0.6 * (1 + fusion.SAID), 0.81])
    assert (fusion.raised(0.9, 1.0), fusion.raised(0.0, 1.0)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("how do I reset it", True),
        ("«Why» is it slow", True),
        ("reset the router?", True),
        ("I don't know how it works", False),
        ("router reset", False),
        ("...", False),
    ],
)
def test_a_question_has_its_mark_or_begins_with_its_word(query: str, *, asks: bool) -> None:
    assert fusion.is_question(query) is asks


def test_meaning_counts_less_the_more_pieces_a_word_is_taken_into() -> None:
    known = [fusion.known(pieces) for pieces in (1.0, 1.3, 1.4, 1.5, 2.2)]
    assert known == pytest.approx([1, 1, 1 - fusion.UNKNOWN / 2, 1 - fusion.UNKNOWN, 1 - fusion.UNKNOWN])


def test_a_name_is_said_where_it_stands_as_a_word_of_its_own() -> None:
    # Broken on purpose: `return word in text` in `_said`, and `_is_apart` without its second side.
    texts = ("Model 11.", "(E1)", "e1_b, ae1", "e12", "E1")
    lost = [fusion.unseen_names({"e1"}, {"e1": 2.0}, nearest=[text], matching=["e1"]) for text in texts]
    assert lost == [1, 0, 1, 1, 0]
    assert fusion.unseen_names({"1"}, {"1": 2.0}, nearest=["11 1"], matching=["1"]) == 0


def test_meaning_counts_as_much_as_it_is_set_to() -> None:
    assert RetrievalConfig().meaning == fusion.MEANING
    assert set_to(0.0) == 0.0
    assert set_to(0.3) == pytest.approx(0.3)
    assert set_to(1.0, mean_words=5) == 1.0


def set_to(meaning: float, *, mean_words: float = 120) -> float:
    rarities = {"router": 2.0}
    return fusion.weight("how do I", rarities, unseen=0, mean_words=mean_words, common=COMMON, meaning=meaning)


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


def lacked(*nearest: str, matching: list[str]) -> float:
    rarities = {"acute": 2.0, "endocarditis": 2.0}
    return fusion.unseen_names({*rarities}, rarities, nearest=nearest, matching=matching)


# Broken on purpose: with SUBJECT = 0 the names of the first count as those of the last.
def test_a_name_in_all_word_matches_is_known_if_one_of_the_nearest_chunks_has_it() -> None:
    whole, nothing = "Acute endocarditis.", "A heart."
    assert lacked(nothing, whole, nothing, matching=[whole] * 3) == pytest.approx(0.3 * 2 / 3)
    assert lacked("Acute.", "Endocarditis.", matching=[whole] * 3) == pytest.approx(1 / 2)
    assert lacked(nothing, nothing, nothing, matching=[whole] * 3) == 1
    assert lacked(nothing, whole, nothing, matching=[whole, whole, nothing]) == pytest.approx(2 / 3)
    assert lacked(nothing, whole, nothing, matching=[whole, whole]) == pytest.approx(2 / 3)


def test_a_code_has_a_digit_or_three_pieces() -> None:
    assert [fusion.is_code(name, pieces) for name in ("e42", "errfailed", "anna")] == [True, True, False]


def test_a_mere_word_counts_in_full_as_a_name_only_where_the_nearest_chunks_say_hardly_anything() -> None:
    counted = [fusion.mere(said) for said in (0.0, 0.1, 0.3, 0.5, 1.0)]
    assert counted == pytest.approx([1, 1, (1 + fusion.MERE) / 2, fusion.MERE, fusion.MERE])


@pytest.mark.parametrize(
    ("title", "share"),
    [("Lock gates", 1.0), ("The Lock-Gates", 1.0), ("Lock", 0.75), ("Lock keys", 0.75 / 4), ("Oil", 0.0), ("", 0.0)],
)
def test_a_title_is_named_as_far_as_it_and_the_query_are_the_same(title: str, share: float) -> None:
    # Broken on purpose: `** 2` taken away.
    assert fusion.title_named(title, {"lock": 3.0, "gates": 1.0}, common=COMMON) == pytest.approx(share)


# Broken on purpose: `sum` for `math.fsum` in either function.
def test_shares_are_the_same_to_the_last_bit_in_whatever_order_a_process_has_its_sets() -> None:
    rarities = dict.fromkeys((f"w{number}" for number in range(40)), 1.0) | dict.fromkeys(
        ("big", "bigger", "most"), 1e16
    )
    words = " ".join(rarities)
    assert fusion.title_named(words, rarities, common=COMMON) == 1
    assert fusion.unseen_names({*rarities}, rarities, nearest=["Nothing."], matching=[words]) == 1


def test_bm25_is_held_against_the_most_that_the_query_can_score() -> None:
    assert fusion.most_bm25([2.0, 1.0]) == pytest.approx(6.6)
    assert fusion.most_bm25([]) == 1.0
