"""S8: structured personal data and secrets are found by form and checksum, and hardly anything else is."""

import logging
import os
import random
from collections import Counter

import pytest

from ragkit.text.redaction import RedactingFilter, findings, redact
from tests.personal import KINDS, carrying, harmless

# The full figure of S8: S8_TEXTS=1000.
TEXTS = int(os.environ.get("S8_TEXTS", "150"))


@pytest.mark.timeout(60)
def test_nearly_all_that_has_a_form_is_found() -> None:
    random_ = random.Random(8)
    made, found = Counter[str](), Counter[str]()
    for number in range(TEXTS):
        kind = KINDS[number % len(KINDS)]
        text, value = carrying(kind, random_)
        made[kind] += 1
        # Broken on purpose: any of `_KINDS` left out.
        found[kind] += value not in redact(text).text and f"<{kind}>" in redact(text).text
    told = {kind: (found[kind], made[kind]) for kind in KINDS}
    assert sum(found.values()) >= 0.99 * TEXTS, told


@pytest.mark.timeout(60)
def test_other_numbers_are_left_alone() -> None:
    random_ = random.Random(9)
    true = sum(len(findings(carrying(KINDS[number % len(KINDS)], random_)[0])) for number in range(TEXTS))
    # Broken on purpose: `is_card` without Luhn.
    false = [text for text in (harmless(random_) for _ in range(TEXTS)) if findings(text)]
    assert true / (true + len(false)) >= 0.95, false[:10]


@pytest.mark.parametrize(
    "text",
    [
        "See section 12.3.4.5, version 10.2.1.7 and clause 4.1.2.",
        "It was signed on 2021-04-16 11:34:35 and ended on 16.04.2022.",
        "ISBN 978-3-16-148410-0, order 123456789012, invoice no. 20210044",
        "The limit is 12 500 000 € or 1.250.000,00 a year, from 2019-2023.",
        "What does the password policy say about the secret ballot?",
        "Page 1024 of 2048, 99.999999 percent",
        "Invoice no. 2125550123 and ticket 5558675309 are open.",
    ],
)
def test_dates_amounts_and_clauses_stay(text: str) -> None:
    # Broken on purpose: `is_phone` without `_NUMBERED`, `is_card` without Luhn.
    assert redact(text).text == text


def test_each_kind_is_named_and_counted() -> None:
    told = redact("Mail ann@example.org or bob@example.org, card 4111 1111 1111 1111.")
    assert told.text == "Mail <EMAIL> or <EMAIL>, card <CARD>."
    assert told.counts == {"EMAIL": 2, "CARD": 1}


def test_a_log_with_the_filter_holds_no_personal_data(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RedactingFilter())
    log = logging.getLogger("somewhere")
    fault = ValueError("https://ann:hunter22@example.org refused 4111111111111111")
    log.error("asked by %s", "ann@example.org", exc_info=fault)
    # Broken on purpose: `exc_text` left as it is.
    assert not [word for word in ("hunter22", "ann@example.org", "4111111111111111") if word in caplog.text]
    assert "asked by <EMAIL>" in caplog.text
