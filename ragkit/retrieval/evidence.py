"""Is what was found about the question at all?"""

from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.sentences import telling

_LOOKED_AT = 5
_MEANING = 0.6


def evidence(question: str, hits: Sequence[Hit]) -> float:
    """Return from 0 to 1 how near the best hit comes to the question, by meaning and by shared words.

    Nothing found is 0. Hits without a `dense_score` are judged by words alone.
    """
    wanted = set(telling(question))
    return max((_one(wanted, hit) for hit in hits[:_LOOKED_AT]), default=0.0)


def _one(wanted: set[str], hit: Hit) -> float:
    there = set(telling(f"{hit.chunk.title} {hit.chunk.heading} {hit.chunk.text}"))
    shared = len(wanted & there) / len(wanted) if wanted else 0.0
    near = max(0.0, hit.why.get("dense_score", shared))
    return min(1.0, _MEANING * near + (1 - _MEANING) * shared)
