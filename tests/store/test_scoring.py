"""Which chunks are the best by words is told without adding up the common words everywhere."""

from collections.abc import Sequence

import numpy as np
import pytest

from ragkit.store.memory import scoring
from ragkit.store.memory.scoring import Floats, Mask, Slots, Weighed, best, impacts, likely, norms, rarity, score

pytestmark = pytest.mark.timeout(120)
SIZE = 9_000
NORMS = norms(np.random.default_rng(1).choice([10, 20, 40], SIZE), average=20.0)


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
        if len(slots):
            # Of few values, so that many scores are equal.
            counts = draw.choice(np.array([1.0, 2.0, 3.0, 12.0]), len(slots))
            found.append(weighed(slots, counts, rarity(SIZE, len(slots))))
    return found


def weighed(slots: Slots, counts: Floats, idf: float, lengths: Floats = NORMS) -> Weighed:
    impact = impacts(counts, lengths[slots]).astype(np.float32)
    return Weighed("", slots.astype(np.int32), counts.astype(np.float32), impact, idf, float(impact.max()))


def everywhere(words: Sequence[Weighed], mask: Mask) -> Floats:
    scores = np.zeros(SIZE)
    for word in words:
        scores[word.slots] += word.idf * impacts(word.counts.astype(np.float64), NORMS[word.slots])
    return scores * mask


@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("limit", [1, 10, 100, 9_000])
def test_the_likely_ones_hold_the_best_with_their_scores_to_the_last_bit(share: float, limit: int) -> None:
    draw = np.random.default_rng(7)
    for _ in range(25):
        words, mask = drawn(draw), draw.random(SIZE) < share
        scores = everywhere(words, mask)
        slots = likely(words, mask, limit)
        found = best(score(words, slots, NORMS), limit)
        # Broken on purpose: the floor not lowered by what the rest of the words may add; the mask left out.
        assert slots[found].tolist() == best(scores, limit).tolist()
        assert score(words, slots, NORMS)[found].tolist() == scores[slots[found]].tolist()


def test_scores_that_single_precision_confuses_are_told_apart() -> None:
    every, lengths = np.arange(SIZE), np.full(SIZE, 1.2)
    first = np.random.default_rng(7).uniform(0.5, 1.5, SIZE)
    # What one word has less the other has more.
    words = [
        weighed(every, impact * lengths / (2.2 - impact), idf, lengths)
        for impact, idf in ((first, 1.3), ((4 - 1.3 * first) / 2.7, 2.7))
    ]
    slots = likely(words, np.ones(SIZE, np.bool_), 100)
    found = slots[best(score(words, slots, lengths), 100)]
    # Broken on purpose: `_NEARLY` of 1.
    assert found.tolist() == best(score(words, every, lengths), 100).tolist()


def test_what_is_everywhere_and_counts_nearly_nothing_is_not_added_up() -> None:
    nothing = np.zeros(0, np.float32)
    growing = np.linspace(1, 2, 300, dtype=np.float32)
    rare = Weighed("rare", np.arange(0, SIZE, 30, dtype=np.int32), nothing, growing, 4.0, 2.0)
    # Without its numbers it can't be.
    common = Weighed("common", np.arange(SIZE, dtype=np.int32), nothing, nothing, 1e-6, 1.0)
    # Broken on purpose: `_able` not asked before a long word.
    found = likely([common, rare], np.ones(SIZE, np.bool_), 10)
    assert set(range(8_700, SIZE, 30)) <= set(found.tolist())
    assert len(found) <= 20
