from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.extractive import ExtractiveChat
from ragkit.models.extractive.lists import leads
from ragkit.models.extractive.passages import units
from ragkit.models.extractive.quoting import quoted
from ragkit.testing import WordEmbeddings

DUTIES = (
    "The receiver shall:\n(a) keep all drawings secret;\n(b) return all samples in May; and\n(c) pay no fee at all."
)
PRICE = "Use the word PRICE for a sprain:\n- Rest: stop the game today.\n- Ice: hold ice on it for 20 minutes."
TABLE = "Plan | Price\nStarter | 9 pounds a month\nPremium | 49 pounds a month"
SEE = "a fever lasts for longer than three days;"


def passage(text: str, *, marker: int = 1, title: str = "Guide", heading: str = "") -> Passage:
    return Passage(marker=marker, title=title, heading=heading, text=text, relevance=0.5)


def answer(question: str, *passages: Passage, near: float = 0.85) -> str:
    chat = ExtractiveChat(embedder=WordEmbeddings(), minimum=0.1, near=near)
    return str(chat.invoke([GroundedQuestion(content="", question=question, passages=passages)]).content)


def test_a_clause_of_a_list_comes_behind_what_introduces_it() -> None:
    # Broken on purpose: `stack = []` for every line in `leads`, and the clause stands alone.
    found = [unit.lines for unit in units(passage(DUTIES))]
    assert found[1] == ("The receiver shall:", "(b) return all samples in May; and")


def test_a_list_within_a_list_has_its_own_introduction_and_gives_back_the_outer_one() -> None:
    lines = ["It shall:", "(a) not tell, except:", "(i) to staff;", "(ii) to banks;", "(b) return it.", "The end."]
    assert leads(lines) == [
        (), ("It shall:",), ("(a) not tell, except:",), ("(a) not tell, except:",), ("It shall:",), (),
    ]  # fmt: skip


def test_clauses_of_one_list_stand_below_one_introduction() -> None:
    found = units(passage(DUTIES))
    assert quoted([found[2], found[0]]) == (
        "The receiver shall: [1]\n(a) keep all drawings secret; [1]\n(c) pay no fee at all. [1]"
    )


def test_rows_of_one_table_stand_below_one_header() -> None:
    found = units(passage(TABLE))
    assert quoted(found[1:]).count("Plan | Price") == 1


def test_who_asks_for_a_number_gets_the_item_that_has_it() -> None:
    assert answer("How long do I hold ice on it?", passage(PRICE)) == (
        "Use the word PRICE for a sprain: [1]\n- Ice: hold ice on it for 20 minutes. [1]"
    )
    assert "Rest" in answer("What is PRICE for a sprain?", passage(PRICE))


def test_passages_of_different_places_stand_below_their_headings() -> None:
    lease = passage("The lease ends on 4 June.", marker=2, title="Lease", heading="4. Term > 4.1 End")
    said = answer("When does the lease end?", passage("The old lease ended on 9 March.", title="Letter"), lease, near=0)
    assert said == "Letter:\nThe old lease ended on 9 March. [1]\n\nLease > End:\nThe lease ends on 4 June. [2]"


def test_one_place_needs_no_heading() -> None:
    assert answer("When does the lease end?", passage("The lease ends on 4 June.")) == "The lease ends on 4 June. [1]"


def test_what_cannot_be_understood_alone_stands_below_its_heading() -> None:
    # Broken on purpose: `headed` alone in `_block`.
    said = answer("How long does a fever last?", passage(SEE, title="Fever", heading="Fever > See a doctor if"))
    assert said == f"Fever > See a doctor if:\n{SEE} [1]"


def test_a_heading_ends_where_its_line_ends() -> None:
    found = units(passage("It ends on 4 June. Then it is over.", title="Term. Part 2", heading="What now?"))
    assert quoted(found[:1]) == "Term Part 2 > What now:\nIt ends on 4 June. [1]"


def test_a_list_of_sources_answers_nothing() -> None:
    assert units(passage("Health service, page on fever in adults.", heading="Fever > Sources")) == []


def test_a_long_line_without_a_full_stop_is_no_heading() -> None:
    prose = (
        "The receiver shall not tell a customer of the prices and drawings, or show the plans, tools, samples "
        "and letters that it has for the trial"
    )
    table = "Recovery time 8 hours Penetration test twice yearly Weaknesses corrected 48 hours Breach told 48 hours"
    assert [unit.text for unit in units(passage(f"Short heading here\n{prose}\n{table}"))] == [prose]
