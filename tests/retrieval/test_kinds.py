"""Near misses that no word betrays: the passages speak of the thing, and give no answer of the kind that is wanted."""

import pytest

from ragkit.documents import Chunk, Hit
from ragkit.retrieval.refusing.expected import unmet
from ragkit.retrieval.refusing.kinds import kinds_wanted

HELP = """People who own it can cancel the plan. The new owner, Maren Halloway, is told by e-mail.
An organisation can have up to 200 bank rules. Bank rules are tried from the top to the bottom.
Receipts are read within 2 minutes. A yellow field was read with less certainty.
Version 1 of the API is switched off on 31 March 2027. Version 2 of the API has 50 entries per page.
The company pays GBP 0.45 a mile for a private car. It holds the deposit in a separate account.
The contract is governed by the law of Scotland. Applications are deleted nine (9) months after the decision.
A heat pack can ease back pain. Ask a pharmacist about pain at any time. Shingles can come with a rash.
Webhooks are sent to your address. Customers on the larger plan can call. The deposit bears interest for the tenant."""


def hits(text: str = HELP) -> list[Hit]:
    chunk = Chunk(document_id="a", ordinal=0, text=text, start=0, end=len(text), uri="a.md", title="Help")
    return [Hit(chunk=chunk, score=1.0, why={"dense_score": 0.8})]


@pytest.mark.parametrize(
    "question",
    [
        "Who invented bank rules?",
        "hi, who has tested the bank rules?",
        "Who is the managing director?",
        "Which company made the bank rules?",
        "Which bank holds the deposit?",
        "Which law allows bank rules?",
        "In which city are bank rules tried?",
        "Which browser reads receipts?",
        "What colour is the heat pack?",
        "At what age does back pain start?",
        "How heavy is the heat pack?",
        "From which IP addresses are webhooks sent?",
        "How many customers do you have?",
        "How much interest does the deposit bear?",
        "How long does shingles last?",
        "When is version 3 of the API switched off?",
        "What does a yellow field cost?",
        "What is the turnover of the company?",
        "Does ginger tea help with back pain?",
        "Is ginger tea good for back pain?",
    ],
)
def test_a_kind_of_answer_that_no_sentence_gives_is_unmet(question: str) -> None:
    # Broken on purpose: without `kind.given.search` in `_gives` the colour passes, without `lead` who invented
    # them does, without `_is_of_another` version 3 does, and without `_is_uncounted`
    # the customers do.
    assert unmet(question, hits())


@pytest.mark.parametrize(
    "question",
    [
        "Who can cancel the plan?",
        "who is the new owner?",
        "To whom do I turn about receipts?",
        "A receipt is lost, who do I call?",
        "Which law governs the contract?",
        "What colour has a field that was read with less certainty?",
        "How many bank rules can we have?",
        "How many minutes until receipts are read?",
        "How many people can cancel the plan?",
        "How many adrenaline pens should he carry?",
        "How much do I get for a mile with my own car?",
        "How long do you keep the papers of job applicants after the decision?",
        "When is version 1 of the API switched off?",
        "What does a mile with a private car cost you?",
        "Does a heat pack help with back pain?",
        "Which amount is paid for a mile?",
        "Is it good for me?",
    ],
)
def test_an_answer_of_the_kind_in_other_words_is_met(question: str) -> None:
    # Broken on purpose: with `_ROOT` at 9, or `_HALF` at 1, applicants send no applications.
    assert not unmet(question, hits())


def test_a_name_in_the_question_is_no_answer_to_it() -> None:
    # Broken on purpose: with `near.text` in place of `text` in `_gives` Halloway would be the bank.
    held = "The owner, Maren Halloway, holds the deposit."
    assert unmet("Which bank holds the deposit of Maren Halloway?", hits(held))
    assert not unmet("Which person holds the deposit?", hits(held))


@pytest.mark.parametrize(
    "question",
    [
        "Wer hat die Bankregeln erfunden?",
        "¿Cuánto tiempo dura el periodo de prueba?",
        "Quelle entreprise gère la pension ?",
        "Hoeveel klanten hebben jullie?",
    ],
)
def test_a_question_in_another_language_wants_no_kind(question: str) -> None:
    assert not list(kinds_wanted(question))
    assert not unmet(question, hits())
