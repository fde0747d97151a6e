"""A follow-up question becomes one that can be searched for on its own."""

import re
from collections.abc import Sequence

from ragkit.sentences import telling

_LEANS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|he|she|him|her|there|one|ones|same|else|instead|former|latter)\b"
    r"|^\s*(?:and|or|but|so|what about|how about|why|also|then|ok|yes|no)\b",
    re.IGNORECASE,
)
# A question with this many words of meaning is taken to stand on its own.
_SELF_CONTAINED = 5


def condense(question: str, earlier: Sequence[str]) -> str:
    """Return what to search for: the question, behind the last earlier one if it leans on it.

    It leans if it is short and has a word that points back ("it", "and for ..."), or next to no word of meaning.
    No model is asked, so it costs nothing and invents nothing.
    """
    if not earlier:
        return question
    meaning = len(telling(question))
    leans = meaning <= 1 or (meaning < _SELF_CONTAINED and _LEANS_BACK.search(question) is not None)
    return f"{earlier[-1]} {question}" if leans else question
