"""No false citation is shown as verified, and hardly a true one is turned away.

RAGKIT_CITATIONS=full checks 2,000 false and 500 true ones of each group; without it a fraction of them.
"""

import os
import time
from collections import Counter

import pytest

from ragkit.answering.checking import check
from ragkit.documents import Chunk, Hit
from tests.citations.sources import passages, samples
from tests.citations.trials import false_citations, true_citations

FALSE, TRUE = (2000, 500) if os.environ.get("RAGKIT_CITATIONS") == "full" else (400, 200)
GROUPS = ("tuned", "held", "unseen")


# Broken on purpose, each lets some through: `_sound` of quotes.alignment returning True, and in quotes.tokens one form
# for all figures.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", GROUPS)
def test_no_false_citation_is_shown_as_verified(group: str) -> None:
    shown = Counter(trial.kind for trial in false_citations(group, FALSE, seed=31) if trial.verified)
    assert not shown


# Broken on purpose: `_moved` returning None turns away all that has a part of its sentence in front.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", GROUPS)
def test_at_most_one_true_citation_in_a_hundred_is_turned_away(group: str) -> None:
    turned = Counter(trial.kind for trial in true_citations(group, TRUE, seed=32) if not trial.verified)
    assert turned.total() <= TRUE / 100, turned


def test_there_are_more_than_sixty_passages() -> None:
    assert sum(len(passages(group)) for group in GROUPS) > 60
    assert len(samples("tuned")) + len(samples("held")) > 60


def test_a_sentence_is_checked_against_eight_passages_in_milliseconds() -> None:
    text = "\n".join(passage.text for passage in (*passages("tuned"), *passages("held")))
    shown = [_hit(text[number * 900 : number * 900 + 2000], number) for number in range(8)]
    start = time.process_time()
    check("Nobody expects a refund for penguins within 17 working days [3].", shown)
    # 4 ms were measured; the bound is for machines that are slow and busy.
    assert time.process_time() - start < 0.05


def _hit(text: str, number: int) -> Hit:
    chunk = Chunk(document_id=str(number), ordinal=0, text=text, start=0, end=len(text), uri=f"{number}.md", title="t")
    return Hit(chunk=chunk, score=1.0)
