"""What the extractive engine says of the rows of a table: those that were asked for, under what their columns mean."""

import pytest

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.extractive import ExtractiveChat
from ragkit.testing import WordEmbeddings
from ragkit.text.units import units

COLUMNS = "Prices > Item | Price (EUR)"
ROWS = "Hose clamp zinc M6 | 74.84\nHose clamp zinc M8 | 82.87\nHose clamp steel M8 | 41.10"


def passage(text: str, *, marker: int = 1, heading: str = COLUMNS) -> Passage:
    return Passage(marker=marker, title="Spring", heading=heading, text=text, relevance=0.5)


def answer(question: str, *passages: Passage) -> str:
    chat = ExtractiveChat(embedder=WordEmbeddings(), minimum=0.1)
    return str(chat.invoke([GroundedQuestion(content="", question=question, passages=passages)]).content)


# Broken on purpose: `meant` that returns all units, and `names_columns` that is always false.
def test_only_the_row_that_has_all_words_is_quoted_below_its_columns() -> None:
    said = answer("What is the price of the hose clamp zinc M8?", passage(ROWS))
    assert said == "Spring > Prices > Item | Price (EUR):\nHose clamp zinc M8 | 82.87 [1]"


def test_rows_with_other_words_of_the_question_are_all_quoted() -> None:
    said = answer("How much are hose clamps of zinc M6 and of steel M8?", passage(ROWS))
    assert "zinc M6" in said
    assert "steel M8" in said


def test_words_that_share_a_cell_count_more_than_words_of_two_cells() -> None:
    # Broken on purpose: no pairs in `_had`.
    rows = passage("Ann Abel | 10 | Bo Dietz\nAnn Dietz | 20 | Bo Abel", heading="Name | Phone | Chief")
    assert answer("What is the phone of Ann Abel?", rows).endswith("Ann Abel | 10 | Bo Dietz [1]")


def test_columns_that_stand_over_two_passages_are_said_once() -> None:
    said = answer("Which hose clamps are there?", passage(ROWS), passage("Hose clamp brass M9 | 1.00", marker=2))
    assert said.count("Item | Price (EUR):") == 1


@pytest.mark.parametrize(("heading", "lines"), [(COLUMNS, 2), ("Prices", 1)])
def test_the_first_row_of_a_passage_is_its_header_unless_that_stands_over_it(heading: str, lines: int) -> None:
    found = units(passage("Ann Abel | of the first floor\nBo Dietz | of the second floor", heading=heading))
    assert len(found) == lines


def test_rows_of_the_header_stand_over_every_row_that_is_quoted() -> None:
    text = "Turnover\nShop | 2024 |  | 2025\n | May | June | May\nAalen station | 1 | 2 | 3\nCelle market | 4 | 5 | 6"
    assert [unit.lead for unit in units(passage(text, heading="Shops"))] == [3, 3]


PLANS = "Plan | Price\nStarter | 9 pounds\nTeam | 24 pounds\nBusiness | 49 pounds"


@pytest.mark.parametrize("question", ["What does each plan cost?", "Which plans are there?"])
def test_who_asks_for_all_gets_the_whole_table(question: str) -> None:
    # Broken on purpose: `_LISTS = 0`, and the sentence comes first; `_together` that returns the rows, and three do.
    told = passage("Which plan is best for each team differs.", marker=2, heading="Plans")
    chat = ExtractiveChat(embedder=WordEmbeddings(), minimum=0.1)
    asked = GroundedQuestion(content="", question=question, passages=(told, passage(PLANS, heading="Plans")))
    assert chat.choose(asked)[0].text == PLANS


# Broken on purpose: `_rivals` that returns the title alone, and the row with "month" drives out all plans.
def test_a_row_of_another_table_drives_out_none_of_what_is_asked_about_each() -> None:
    both = f"{PLANS}\n\nAdd-on | Price\nExtra user of a month | 4 pounds\nExtra feed | 2 pounds"
    assert PLANS in answer("What does each plan cost a month?", passage(both, heading="")).replace(" [1]", "")


# Broken on purpose: `likeness(word, above) != 1` left out of `_had`, and the family room is the only one.
def test_a_word_of_the_header_tells_no_row_from_another() -> None:
    rooms = "Room | Guests | Price\nDouble | 2 | 90 euros\nFamily room | 4 | 140 euros\nSingle | 1 | 60 euros"
    assert answer("room price", passage(rooms, heading="")).replace(" [1]", "") == rooms


def test_rows_that_a_question_does_not_tell_apart_are_one_unit() -> None:
    bins = "Bin | Price\nBlack 80 | 96\nBrown 120 | 48\nBrown 240 | 81"
    assert answer("How much is a brown one?", passage(bins, heading="")).splitlines() == [
        "Bin | Price [1]", "Brown 120 | 48 [1]", "Brown 240 | 81 [1]",
    ]  # fmt: skip


def test_a_long_table_stays_in_rows() -> None:
    long = "Plan | Price\n" + "\n".join(f"Plan for {number} people | {number} pounds" for number in range(20))
    assert answer("Which plans are there?", passage(long, heading="")).count("[1]") < 10


# Broken on purpose: `isalpha` left out of `_akin` (04245 begins like 04242).
def test_a_row_with_a_number_that_begins_alike_is_not_meant() -> None:
    rows = "SKU-04242 | Brass valve | 22.31\nSKU-04245 | Steel valve | 71.79\nSKU-04247 | Brass knob | 36.66"
    said = answer("What is the price of SKU-04242?", passage(rows, heading="sku | name | price"))
    assert said == "Spring > sku | name | price:\nSKU-04242 | Brass valve | 22.31 [1]"
