"""What may be asked of a model: near misses by rule, questions of two parts, and the score behind both."""

import pytest

from ragkit.documents import Chunk, Hit
from ragkit.retrieval.refusing.answerable import answerable, parts_of
from ragkit.retrieval.refusing.evidence import evidence
from ragkit.retrieval.refusing.missing import missing
from ragkit.retrieval.results import Results

PLANS = (
    "The Premium plan costs 49 pounds a month since 2025. Clause 9 of version 2 governs its Non-Disclosure Agreement."
)
REFUNDS = "Refunds for annual plans are paid within 10 working days."


def hit(text: str, *, near: float = 0.6) -> Hit:
    chunk = Chunk(document_id="a", ordinal=0, text=text, start=0, end=len(text), uri="a.md", title="Plans")
    return Hit(chunk=chunk, score=1.0, why={"dense_score": near})


def found(query: str, *hits: Hit, **told: object) -> Results:
    return Results(query=query, hits=hits, **told)  # type: ignore[arg-type]  # what a test gives fits the field


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("How much does the Enterprise plan cost?", ("Enterprise",)),
        ("What does the Premium plan cost with PayPal?", ("PayPal",)),
        ("What did the Premium plan cost in 2019?", ("2019",)),
        ("What is the 2031 price of the Premium plan?", ("2031",)),
        ("What does clause 16 say?", ("clause 16",)),
        ("What changed in version 4?", ("version 4",)),
    ],
)
def test_another_entity_year_or_number_is_missing(question: str, lacking: tuple[str, ...]) -> None:
    # Broken on purpose: without `_years` in `missing` the years pass.
    assert missing(question, [hit(PLANS)]) == lacking


@pytest.mark.parametrize(
    ("height", "lacking"), [("1.92", ()), ("1.96", ("1.96",)), ("1.5", ()), ("E-1", ("E-1",)), ("1.9.2", ("1.9.2",))]
)
def test_a_measure_within_a_range_of_the_passages_is_not_missing(height: str, lacking: tuple[str, ...]) -> None:
    # Broken on purpose: `_RANGE` left out of `_is_within`.
    assert missing(f"Does frame L fit {height}?", [hit("Frame L fits 1.50 m to 1.95 m.")], absent=(height,)) == lacking


@pytest.mark.parametrize(
    ("question", "number", "lacking"),
    [
        ("child 3 years 39.2 fever", "39.2", ()),
        ("baby 37.2 what now", "37.2", ("37.2",)),
        ("My temperature is 36.7, what now?", "36.7", ()),
        ("She weighs 72.5 kg", "72.5", ()),
        ("I was charged €49.90 and want it back", "49.90", ()),
        ("I was charged 49.90 twice", "49.90", ()),
        ("Is there a plan for €49.90?", "49.90", ("49.90",)),
        ("the plan for €49.90", "49.90", ("49.90",)),
        ("I use release 17.1 and it stops", "17.1", ("17.1",)),
        ("My router has firmware 3.10", "3.10", ("3.10",)),
        ("Do I owe 12.4?", "12.4", ("12.4",)),
    ],
)
def test_what_a_user_measured_is_not_missing(question: str, number: str, lacking: tuple[str, ...]) -> None:
    # Broken on purpose: `_bounds` without matches, `_is_told` always false, `_TELLS` or `_ASKS` not looked at.
    passage = "A temperature of 38 °C (100.4 °F) or more is a fever. Refunds take up to 5 days."
    assert missing(question, [hit(passage)], absent=(number,)) == lacking


@pytest.mark.parametrize(
    "question",
    [
        "Premium costs how much? Thanks, I need it on Monday.",
        "Hello! What does Premium cost?",
        "IS PREMIUM REALLY THAT DEAR FOR ENTERPRISES?",
        "What will the Premium plan cost in 2027?",
        "What does Premium cost for who has been here since 2012?",
        "What does Premium cost if I work out of Portugal?",
        "May I work from Spain on the Premium plan?",
        "Who signs the NDA?",
        "What are the Premium's costs?",
        "does the enterprise plan cost more",
        "What does clause 9 say?",
        "Do I'm need 500 users?",
    ],
)
def test_what_rests_on_no_name_is_left_to_the_score(question: str) -> None:
    # Broken on purpose: without `is_spelled_out` the NDA is missing, without `_AT` Spain is.
    assert missing(question, [hit(PLANS)]) == ()


def test_a_name_that_another_chunk_has_is_not_missing() -> None:
    question = "What does the Starter plan cost?"
    assert missing(question, [hit(PLANS)], rarities={"starter": 0.8}) == ()
    assert missing(question, [hit(PLANS)], rarities={"starter": 1.0}) == ("Starter",)


def test_a_name_may_be_one_of_several_in_the_passages() -> None:
    # Broken on purpose: with `{word}` in `_forms`, "South Sea" is missing.
    text = "312 pieces from the South Seas. Fourteen were given back."
    assert missing("how many South Sea pieces were given back", [hit(text)], rarities={"sea": 1.0}) == ()


def test_a_season_is_another_than_its_years() -> None:
    # Broken on purpose: without the second year in `_YEAR` none is asked about.
    text = "In the winter of 2024/25 the vaccine prevented 44 per cent."
    assert missing("How good was it in the 2022/23 winter?", [hit(text)]) == ("2022/23",)
    assert missing("How good was it in the 2024/25 winter?", [hit(text)]) == ()


def test_what_is_asked_for_word_for_word_is_missing() -> None:
    asked = found("What is E-99?", hit(PLANS, near=0.9), absent=("E-99",))
    assert answerable("What is E-99?", asked, least=0.0).missing == ("E-99",)


def test_a_misspelt_name_is_the_name_that_was_meant() -> None:
    asked = found("What does our Premium plan cost?", hit(PLANS), spelled={"premum": "premium"})
    assert answerable("What does our Premum plan cost?", asked, least=0.2).missing == ()


def test_no_score_overrules_a_missing_name() -> None:
    # Broken on purpose: with `asked=question` in the last line of `answerable` the question goes through.
    judged = answerable("Does the Enterprise plan cost 49 pounds?", found("x", hit(PLANS, near=1.0)), least=0.1)
    assert (judged.asked, judged.missing) == ("", ("Enterprise",))


def test_of_two_questions_the_one_that_has_evidence_is_asked() -> None:
    question = "When are refunds for annual plans paid and who is the Danish ambassador?"
    judged = answerable(question, found(question, hit(REFUNDS)), least=0.2)
    assert judged.asked == "When are refunds for annual plans paid"
    assert judged.missing == ("who is the Danish ambassador?",)


def test_nothing_found_is_nothing_asked() -> None:
    judged = answerable("When are refunds paid?", found("When are refunds paid?"), least=0.01)
    assert (judged.asked, judged.missing) == ("", ())


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What is the rent? And how long is the lease?", ["What is the rent? And how long is the lease?"]),
        ("Do cats and dogs pay the fee?", ["Do cats and dogs pay the fee?"]),
        ("Who pays the yearly rent? When is it?", ["Who pays the yearly rent? When is it?"]),
        (
            "What is the deposit for the office and when does the lease end?",
            ["What is the deposit for the office", "when does the lease end?"],
        ),
    ],
)
def test_a_question_is_cut_before_the_next_one_that_says_enough(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


def test_evidence_is_a_probability_that_grows_with_meaning_and_words() -> None:
    question = "When are refunds for annual plans paid?"
    some = [evidence(question, [hit(REFUNDS, near=near / 10)]) for near in range(11)]
    assert some == sorted(some)
    assert 0 < some[0] < some[-1] < 1
    assert evidence(question, [hit(PLANS, near=0.5)]) < evidence(question, [hit(REFUNDS, near=0.5)])
    assert evidence(question, []) == 0
