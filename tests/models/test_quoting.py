from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.extractive import ExtractiveChat
from ragkit.models.extractive.quoting import quoted
from ragkit.testing import WordEmbeddings
from ragkit.text.lists import leads
from ragkit.text.units import units

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
        "The receiver shall:\n(a) keep all drawings secret; [1]\n(c) pay no fee at all. [1]"
    )


def test_rows_of_one_table_stand_below_one_header() -> None:
    found = units(passage(TABLE))
    assert quoted(found).count("Plan | Price") == 1


def test_who_asks_for_a_number_gets_the_item_that_has_it() -> None:
    assert answer("How long do I hold ice on it?", passage(PRICE)) == (
        "Use the word PRICE for a sprain: [1]\n- Ice: hold ice on it for 20 minutes. [1]"
    )
    assert "Rest" in answer("What is PRICE for a sprain?", passage(PRICE))


def test_passages_of_different_places_stand_below_their_headings() -> None:
    lease = passage("The lease ends on 4 June.", marker=2, title="Lease", heading="4. Term > 4.1 End")
    said = answer("When does the lease end?", passage("The old lease ended on 9 March.", title="Letter"), lease, near=0)
    assert said == "Letter:\nThe old lease ended on 9 March. [1]\n\nLease > Term > End:\nThe lease ends on 4 June. [2]"


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


def test_a_header_is_no_answer_and_a_row_of_values_no_header() -> None:
    # Broken on purpose: without `_heads` the header is quoted alone, without `_VALUE` Starter introduces Premium.
    header, first = "Plan | Price a month | Users", "Starter | 9 pounds | 2 users"
    table = f"{header}\n{first}\nPremium | 49 pounds | 20 users"
    assert next(unit.lines for unit in units(passage(table))) == (header, first)
    rest = table.partition("\n")[2]
    assert [unit.text for unit in units(passage(rest))] == rest.splitlines()


def test_a_clause_behind_a_list_is_none_of_its_items() -> None:
    # Broken on purpose: without `own` in `_going_on`, clause 3.1 introduces clause 3.2.
    lines = ["3.1 It does not apply to what:", "- is public;", "- was known.", "3.2 A court may order it."]
    assert leads(lines)[1:] == [("3.1 It does not apply to what:",), ("3.1 It does not apply to what:",), ()]


def test_what_introduces_a_list_may_stand_behind_a_sentence() -> None:
    # Broken on purpose: without the cut in `_lines` the items belong to what is said of the adults.
    text = "- Never share a medicine with other adults. For small children:\n- Never give aspirin below 16 years."
    assert [unit.lines for unit in units(passage(text))] == [
        ("- Never share a medicine with other adults.",),
        ("For small children:", "- Never give aspirin below 16 years."),
    ]


def test_a_sentence_that_points_back_comes_behind_the_one_before() -> None:
    # Broken on purpose: without `_understood` the answer begins with "Both".
    found = units(passage("A burn is dry, and a scald is wet. Both are treated with cool water."))
    said = "A burn is dry, and a scald is wet. [1] Both are treated with cool water. [1]"
    assert quoted(found[1:]) == quoted(found) == said


def test_items_stand_line_by_line_and_a_single_one_without_its_bullet() -> None:
    found = units(passage("- Rest the whole foot.\n- Raise the whole foot.", heading="Do"))
    assert quoted(found) == "Guide > Do:\n- Rest the whole foot. [1]\n- Raise the whole foot. [1]"
    assert quoted(found[:1]) == "Guide > Do:\nRest the whole foot. [1]"


def test_clauses_stand_line_by_line() -> None:
    found = units(passage("6.1 The deposit is 90 pounds.\n6.2 It is paid back in May. No interest is due on it."))
    assert quoted(found).splitlines() == [
        "6.1 The deposit is 90 pounds. [1]",
        "6.2 It is paid back in May. [1] No interest is due on it. [1]",
    ]


def test_who_asks_for_the_way_gets_the_steps_and_what_they_are_for() -> None:
    # Broken on purpose: `_STEPS = 0`, and the sentence that is nearer comes first.
    steps = passage("1. Open the settings page.\n2. Choose New key there.", heading="Create a key")
    told = passage("A key can be used for all.", marker=2, heading="Create a key")
    chat = ExtractiveChat(embedder=WordEmbeddings(), minimum=0.1)
    asked = GroundedQuestion(content="", question="How do I create a key?", passages=(steps, told))
    assert quoted(chat.choose(asked)[:1]) == (
        "Guide > Create a key:\n1. Open the settings page. [1]\n2. Choose New key there. [1]"
    )
