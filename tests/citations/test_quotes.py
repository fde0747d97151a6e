"""What the check of words takes for the same, and what it does not."""

import pytest

from ragkit.quotes import VERIFIED, find, support

LEASE = (
    "5.2 The tenant shall pay the landlord £1,250 on 12 March 2024. The deposit is returned within 5 to 7 working "
    "days, except where rent is owed. If the boiler fails, the landlord must repair it within forty-eight (48) hours."
)
RULES = "You should not:\n\n- drive for 24 hours after the operation\n- drink any alcohol on that day\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "The tenant pays the landlord 1250 pounds on March 12, 2024.",
        "The tenant shall pay the landlord GBP 1,250 on the 12th of March 2024.",
        "The landlord must repair it within 48 hours if the boiler fails.",
        "THE TENANT SHALL PAY THE LANDLORD £1,250 ON 12 MARCH 2024.",
        "According to the lease, the tenant shall pay the landlord £1,250 on 2024-03-12.",
        "The tenant shall pay the landlord £1,250 on 12 March 2024, and if the boiler fails, the landlord must repair "
        "it within 48 hours.",
        "The deposit is returned within 5-7 working days, except where rent is owed.",
        'Clause 5.2 says: "The tenant shall pay the landlord £1,250 on 12 March 2024".',
    ],
)
def test_the_same_in_another_dress_is_verified(sentence: str) -> None:
    assert support(sentence, LEASE).verdict in VERIFIED


# Broken on purpose: `_sound` in quotes.alignment made True verifies the deposit without its exception.
@pytest.mark.parametrize(
    "sentence",
    [
        "The landlord pays the tenant £1,250 on 12 March 2024.",
        "The tenant shall pay the landlord €1,250 on 12 March 2024.",
        "The tenant shall pay the landlord £1,250 on 13 March 2024.",
        "The tenant is paid £1,250 by the landlord on 12 March 2024.",
        "The deposit is returned within 6 working days, except where rent is owed.",
        "The deposit is returned within 5 to 7 working days.",
        "The landlord must repair it within 48 hours.",
        "The landlord must repair it within 48 days if the boiler fails.",
        "The tenant may pay the landlord £1,250 on 12 March 2024.",
        "The tenant shall … be repaired within 48 hours.",
        "The tenаnt shall pay the landlord £1,250 on 12 March 2024.",  # noqa: RUF001  # a Cyrillic letter
        "The tenant shall \u202epay\u202c the landlord £1,250 on 12 March 2024.",
        "The tenant shall pay the landlord £1,250² on 12 March 2024.",
        "",
    ],
)
def test_what_says_something_else_is_not(sentence: str) -> None:
    assert support(sentence, LEASE).verdict not in VERIFIED


def test_an_item_below_a_prohibition_is_not_quoted_without_it() -> None:
    assert support("Drive for 24 hours after the operation.", RULES).verdict not in VERIFIED
    assert support("You should not drive for 24 hours after the operation.", RULES).verdict in VERIFIED


# Broken on purpose: `_proves` in quotes.verdicts returning True.
def test_a_few_words_of_a_longer_sentence_prove_nothing() -> None:
    assert support("Title passes.", "Title passes within 5 days.").verdict not in VERIFIED
    assert support("Title passes.", "Title passes. Rent is due.").verdict in VERIFIED


def test_a_sentence_of_which_a_part_is_true_is_partly_supported() -> None:
    found = support("The tenant shall pay the landlord £1,250 on 12 March 2024, and the garden is shared.", LEASE)
    assert found.verdict == "partly"
    assert LEASE[found.span.start : found.span.end].startswith("5.2 The tenant")


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("the agreement ends", "The agree-\nment ends."),
        ("the agreement ends", "The agree\u00adment ends."),
        ("not refunded", "no\u200bt refunded"),
        ("the tenant's deposit", "the tenant’s deposit"),  # noqa: RUF001
        ("a long-term loan", "a long-\n  term loan"),
    ],
)
def test_what_is_not_seen_makes_no_difference(quote: str, text: str) -> None:
    assert find(quote, text)


# The first letter o of the second quote is Cyrillic.
@pytest.mark.parametrize(("quote", "text"), [("102 m", "10² m"), ("n\u043et paid", "not paid"), ("resign", "re-sign")])
def test_what_only_looks_alike_does(quote: str, text: str) -> None:
    assert find(quote, text) is None


def test_a_row_of_a_table_is_a_line_of_its_own() -> None:
    # Broken on purpose: without `_ROW` in `_linked` the rows are one wrapped sentence, and neither begins nor ends it.
    table = "Status | Code | Meaning\n429 | API-429 | Rate limit exceeded\n500 | API-500 | Not your fault"
    assert {support(row, table).verdict for row in table.splitlines()} == {"verbatim"}
    assert support("429 | API-500 | Rate limit exceeded", table).verdict not in VERIFIED


def test_a_quote_ends_where_its_sentence_does() -> None:
    # Broken on purpose: without the closing marks in `_CLOSING` the quote ends at "disconnected".
    text = 'If a feed has stopped, see "Bank feed disconnected". Nothing is lost.'
    span = support('If a feed has stopped, see "Bank feed disconnected".', text).span
    assert text[span.start : span.end] == 'If a feed has stopped, see "Bank feed disconnected".'


# Broken on purpose: no look at what stands before the second part of a date ("August 1" was one).
def test_a_month_and_the_number_of_the_paragraph_below_are_no_date() -> None:
    text = "Sow clover before the end of August.\n\n1 Probes have an accuracy of 3 percent."
    assert support("Sow clover before the end of August.", text).verdict == "verbatim"
    assert support("The rent is due on August 1.", "The rent is due on August\n1.").verdict == "verbatim"
