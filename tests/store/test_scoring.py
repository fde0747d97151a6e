"""Which chunks are the best by words is told without adding up the common words everywhere."""

from collections.abc import Sequence

import numpy as np
import pytest

from ragkit.store.memory import scoring
from ragkit.store.memory.scoring import Floats, Mask, Weighed, best, likely, rarity, score

pytestmark = pytest.mark.timeout(120)
SIZE = 9_000


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    # What pays among 100,000 chunks, among a tenth of them.
    for name, value in {"_FEW": 200, "_MANY": 1_000, "_LOOKED_UP": 2}.items():
        monkeypatch.setattr(scoring, name, value)


def drawn(draw: np.random.Generator) -> list[Weighed]:
    """Return words as rare and as common as those of a question, some of them in every chunk."""
    found = []
    for share in draw.choice([0.001, 0.003, 0.02, 0.1, 0.3, 0.6, 1.0], draw.integers(1, 9)):
        slots = np.flatnonzero(draw.random(SIZE) < share)
        # Of few values, so that many scores are equal.
        impact = draw.choice(np.array([0.3, 0.7, 1.1, 2.1]), len(slots)) if len(slots) else np.zeros(0)
        if len(slots):
            found.append(Weighed("", slots, impact, rarity(SIZE, len(slots)), float(impact.max())))
    return found


def everywhere(words: Sequence[Weighed], mask: Mask) -> Floats:
    scores = np.zeros(SIZE)
    for word in words:
        scores[word.slots] += word.idf * word.impact
    return scores * mask


@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("limit", [1, 10, 100, 9_000])
def test_the_likely_ones_hold_the_best_with_their_scores_to_the_last_bit(share: float, limit: int) -> None:
    draw = np.random.default_rng(7)
    for _ in range(25):
        words, mask = drawn(draw), draw.random(SIZE) < share
        scores = everywhere(words, mask)
        slots = likely(words, mask, limit)
        found = best(score(words, slots), limit)
        # Broken on purpose: the floor not lowered by what the rest of the words may add; the mask left out.
        assert slots[found].tolist() == best(scores, limit).tolist()
        assert score(words, slots)[found].tolist() == scores[slots[found]].tolist()


def test_what_is_everywhere_and_counts_nearly_nothing_is_not_added_up() -> None:
    rare = Weighed("rare", np.arange(0, SIZE, 30), np.linspace(1, 2, 300), 4.0, 2.0)
    # Without its numbers it can't be.
    common = Weighed("common", np.arange(SIZE), np.zeros(0), 1e-6, 1.0)
    # Broken on purpose: `_able` not asked before a long word.
    found = likely([common, rare], np.ones(SIZE, np.bool_), 10)
    assert set(range(8_700, SIZE, 30)) <= set(found.tolist())
    assert len(found) <= 20
