"""Which things of a kind there are, asked and named."""

import pytest

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.extractive.extractive import ExtractiveChat
from ragkit.models.extractive.members import asked_kind, names_members
from ragkit.testing import WordEmbeddings


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which plans are there?", "plans"),
        ("what plans do you have", "plans"),
        ("What kinds of tents do you sell?", "tents"),
        ("What plans cost more than 20 pounds?", ""),
        ("Which plan is the cheapest?", ""),
        ("What are the rules for plans?", ""),
    ],
)
def test_a_question_for_members_names_their_kind(question: str, kind: str) -> None:
    assert asked_kind(question) == kind


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("There are three plans: Basic, Plus and Max.", True),
        ("The plans on offer are Basic and Max.", True),
        ("We sell tents such as Arch, Dome or Tunnel.", True),
        ("The plans are reviewed each year.", False),
        ("Each plan has users, storage and support.", False),
    ],
)
def test_a_sentence_names_members_or_not(text: str, named: bool) -> None:
    kind = "tents" if "tents" in text else "plans"
    assert names_members(text, kind) is named
    assert not names_members(text, "")


def test_the_sentence_that_names_them_is_quoted() -> None:
    # Broken on purpose: `names_members` left out of the score in choosing.py.
    passages = [
        Passage(marker=1, title="", heading="", text="The file lists the limits of all plans.", relevance=0.5),
        Passage(marker=2, title="", heading="", text="We have two plans: Basic and Max.", relevance=0.5),
    ]
    asked = GroundedQuestion(content="", question="Which plans are there?", passages=passages)
    said = str(ExtractiveChat(embedder=WordEmbeddings(), minimum=0.2).invoke([asked]).content)
    assert said == "We have two plans: Basic and Max. [2]"
