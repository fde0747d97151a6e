"""What a source does not say is not verified, whatever way it was twisted; what it says in other figures is.

RAGKIT_CITATIONS=full checks every claim in all its dresses, at least 2,000 false and 500 true ones.
"""

import os

import pytest

from tests.citations.claims import DRESSES, claims

CHOSEN = DRESSES if os.environ.get("RAGKIT_CITATIONS") == "full" else DRESSES[:2]


# Broken on purpose, each lets some through: `_goes_without` of quotes.alignment returning True, no `?` among the signs
# of quotes.tokens, `_joined` of quotes.verdicts returning True.
@pytest.mark.timeout(120)
def test_nothing_that_the_source_does_not_say_is_verified() -> None:
    trials = list(claims(true=False, dresses=CHOSEN))
    assert [trial.kind for trial in trials if trial.verified] == []
    assert len(trials) >= 650 * len(CHOSEN)


# Broken on purpose: `day` of quotes.figures returning nothing, or `_UNSPACED` empty in quotes.tokens.
@pytest.mark.timeout(120)
def test_hardly_anything_that_the_source_says_is_turned_away() -> None:
    trials = list(claims(true=True, dresses=CHOSEN))
    turned = [trial.kind for trial in trials if not trial.verified]
    assert len(turned) <= len(trials) / 100, turned
    assert len(trials) >= 140 * len(CHOSEN)
