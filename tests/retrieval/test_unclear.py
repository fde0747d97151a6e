import pytest

from ragkit.documents import Chunk, Hit
from ragkit.retrieval.questions.unclear import choices


def hits(*places: tuple[str, str, float]) -> list[Hit]:
    """Return a hit for each title, heading and score, each of a document of that title."""
    return [
        Hit(
            chunk=Chunk(
                document_id=title, ordinal=0, text="Words.", start=0, end=6, uri=title, title=title, heading=heading
            ),
            score=score,
        )
        for title, heading, score in places
    ]


CONTRACTS = hits(
    ("Lease", "Lease > 11. Insurance and damage", 0.55),
    ("Services", "10. Insurance", 0.54),
    ("Travel policy", "10. Safety and insurance", 0.52),
)
FEVERS = hits(("Fever in adults", "", 0.76), ("Fever in children", "Fever in children > Care", 0.75))


@pytest.mark.parametrize("question", ["insurance", "Insurance?", "the insurance", "What is the insurance?"])
def test_a_word_that_several_documents_are_about_alike_is_unclear(question: str) -> None:
    # Broken on purpose: `_MOST_TELLING = 0`.
    assert choices(question, CONTRACTS) == (
        "Lease: Insurance and damage",
        "Services: Insurance",
        "Travel policy: Safety and insurance",
    )


def test_two_titles_with_the_word_are_enough() -> None:
    assert choices("fever", FEVERS) == ("Fever in adults", "Fever in children")


@pytest.mark.parametrize(
    "question",
    [
        "How much insurance must the tenant have?",
        "Does the lease ask for insurance?",
        "insurance 2026",
        "Lease: Insurance and damage",
        "Services: Insurance",
    ],
)
def test_a_question_that_says_more_is_clear_and_so_is_every_choice(question: str) -> None:
    assert choices(question, CONTRACTS) == ()


def test_a_document_of_that_very_name_is_meant() -> None:
    assert choices("fevers", [*hits(("Fever", "", 0.7)), *FEVERS]) == ()


def test_a_passage_that_is_much_nearer_is_meant() -> None:
    # Broken on purpose: `_ABOUT_EQUAL = 0`.
    assert choices("insurance", [*hits(("Car", "Insurance of cars", 0.9)), *CONTRACTS]) == ()


def test_what_nobody_has_named_is_unclear() -> None:
    named = choices("How long does it take?", CONTRACTS)
    assert named[0] == "Lease: Insurance and damage"


@pytest.mark.parametrize("question", ["Is it possible to pay?", "How long does it take to insure a car?"])
def test_it_may_stand_for_nothing_or_for_what_follows(question: str) -> None:
    assert choices(question, CONTRACTS) == ()


@pytest.mark.parametrize("found", [[], CONTRACTS[:1]])
def test_of_one_thing_or_none_nobody_has_to_choose(found: list[Hit]) -> None:
    assert choices("How long does it take?", found) == ()
