"""Word search over the catalog's FTS5 table, ranked by BM25."""

import re
from collections.abc import Sequence

# Words that stand in nearly every English chunk: they cost FTS5 most of its time and move no rank.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by can could did do does for from had has have how i if in is it its may me my "
        "no not of on or our shall should so than that the their them then there these they this to was we were what "
        "when where which who why will with would you your",
    )
)
_MAX_WORDS = 40
# What a word counts in each column of `words`. In a heading it says more about a chunk than in its text.
WEIGHTS = {"title": 1.0, "heading": 2.0, "text": 1.0}
RANK = f"bm25(words, {', '.join(str(weight) for weight in WEIGHTS.values())})"


def telling_words(query: str) -> list[str]:
    """Return the words that a query is searched by, each once; none, if it has no words."""
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    return ([word for word in words if word not in COMMON] or words)[:_MAX_WORDS]


def match_expression(words: Sequence[str]) -> str:
    """Return an FTS5 expression that any of the words satisfies.

    Each word is quoted, so that nothing in a question is ever read as FTS5 syntax.
    """
    return " OR ".join(f'"{word}"' for word in words)
