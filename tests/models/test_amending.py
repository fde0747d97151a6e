"""A quoted clause comes with what another document says it is changed to."""

from dataclasses import replace

import pytest

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.extractive import ExtractiveChat

CLAUSE = Passage(
    marker=1, title="Lease", heading="6. Rent > 6.2 Deposit", text="The deposit is 4,000 crowns.", relevance=0.9
)
OTHER = Passage(marker=2, title="Works Contract", heading="Deposit", text="The deposit is ten per cent.", relevance=0.8)
CHANGE = 'In clause 6.2 of the Lease the figure "4,000" is replaced by "5,500".'


def answer(text: str, *, title: str = "Amendment to the Lease") -> str:
    """Return what is quoted of the clause and of a passage far from the question."""
    change = Passage(marker=3, title=title, heading="", text=text, relevance=0.1)
    asked = GroundedQuestion(content="", question="What is the deposit?", passages=(CLAUSE, OTHER, change))
    return str(ExtractiveChat(minimum=0.2).invoke([asked]).content)


def test_the_change_of_a_clause_is_quoted_right_behind_it() -> None:
    """Broken on purpose: without `with_changes` in `Chooser.choose` it is not, without `_beside` it comes last."""
    said = answer(CHANGE)

    assert said.index("4,000 crowns. [1]") < said.index("5,500") < said.index("ten per cent")


@pytest.mark.parametrize(
    "text",
    [
        CHANGE.replace("6.2", "6.21"),
        CHANGE.replace("6.2", "16.2"),
        CHANGE.replace("clause 6.2", "clause 7"),
        'Clause 6.2 of the Lease is not replaced, and "5,500" is only the target.',
        "Clause 6.2 of the Lease rests on a figure of 5,500.",
    ],
)
def test_what_changes_another_clause_or_nothing_is_not(text: str) -> None:
    """Broken on purpose: each line of `_changed`, and `startswith` for the numbers of clauses."""
    assert "5,500" not in answer(text)


@pytest.mark.parametrize("title", ["Amendment to the Licence", "Lease", ""])
def test_a_document_that_does_not_name_the_changed_one_changes_nothing(title: str) -> None:
    """Broken on purpose: without the titles in `changes`."""
    assert "5,500" not in answer(CHANGE, title=title)


def test_a_clause_of_a_document_without_a_title_is_changed_by_none() -> None:
    """Broken on purpose: without `bool(changed)` in `changes`."""
    untitled = replace(CLAUSE, title="")
    change = Passage(marker=3, title="Amendment to the Lease", heading="", text=CHANGE, relevance=0.1)
    asked = GroundedQuestion(content="", question="What is the deposit?", passages=(untitled, change))

    assert "5,500" not in str(ExtractiveChat(minimum=0.2).invoke([asked]).content)
