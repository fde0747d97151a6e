"""How sure it is that the passages answer the question."""

import math
from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.retrieval.refusing.nearest import said
from ragkit.text.sentences import telling

_LOOKED_AT = 5
_MEANING = 0.6
# Fitted by logistic regression on balanced questions of four public sets, with the gold passage and with it taken away;
# docs/decisions/16-calibrated-evidence.md has the figures, also for sets that were left out of the fit.
_SLOPE, _BEGIN = 5.097, -3.121


def evidence(question: str, hits: Sequence[Hit]) -> float:
    """Return the probability that a passage answers, where half of the questions have an answer. Nothing found is 0.

    It goes by how near the best of the first five hits comes to the question, by meaning and by shared words. Hits
    without a `dense_score` are judged by words alone.
    """
    if not hits:
        return 0.0
    wanted = set(telling(question))
    near = max(_nearness(wanted, hit) for hit in hits[:_LOOKED_AT])
    return 1 / (1 + math.exp(-(_BEGIN + _SLOPE * near)))


def _nearness(wanted: set[str], hit: Hit) -> float:
    there = set(telling(said(hit)))
    shared = len(wanted & there) / len(wanted) if wanted else 0.0
    near = max(0.0, hit.why.get("dense_score", shared))
    return min(1.0, _MEANING * near + (1 - _MEANING) * shared)
