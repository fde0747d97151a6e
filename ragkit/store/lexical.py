"""Word search over the catalog's FTS5 table, ranked by BM25."""

import re

# Words that stand in nearly every English chunk: they cost FTS5 most of its time and move no rank.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by can could did do does for from had has have how i if in is it its may me my "
        "no not of on or our shall should so than that the their them then there these they this to was we were what "
        "when where which who why will with would you your",
    )
)
_MAX_WORDS = 40
# A word in a heading says more about a chunk than one in its text.
RANK = "bm25(words, 2.0, 1.0)"


def match_expression(query: str) -> str:
    """Return an FTS5 expression that any of the query's words satisfies; empty if it has no words.

    Each word is quoted, so that nothing in a question is ever read as FTS5 syntax.
    """
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    telling = [word for word in words if word not in _COMMON] or words
    return " OR ".join(f'"{word}"' for word in telling[:_MAX_WORDS])
