"""Word search over the catalog's FTS5 table, ranked by BM25."""

import re
from collections.abc import Sequence

from ragkit.text.unspaced import bare, is_unspaced, pairs

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
# Where a word has a seam: mRNA, HTTPServer, 10Mbps. The plural of an acronym has none: PDFs.
_SEAM = re.compile(r"[a-z][A-Z]|[A-Z\d][A-Z](?!s\b)[a-z]")
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[A-Z]+(?:s\b|(?![a-z]))\d*|[A-Z]?[a-z\d]+")
# One part of a compound has so many letters.
_TELLING = 3
# What a word counts in each column of `words`. In a heading it says more about a chunk than in its text.
WEIGHTS = {"title": 1.0, "heading": 2.0, "parts": 1.0, "text": 1.0}
RANK = f"bm25(words, {', '.join(str(weight) for weight in WEIGHTS.values())})"


def parts_of(*texts: str) -> str:
    """Return what the words with inner capitals are made of, each word once: "Create Window" of XCreateWindow.

    A single letter is left out, and so are words of other letters than a to z, but for those of scripts without
    spaces, such as Chinese and Thai: these come in pairs of their letters.
    """
    # Of each text a few words have a seam: the others cost a look at whether they are in small letters.
    written = {token: None for text in texts for token in text.split() if not token.islower() and _SEAM.search(token)}
    written |= {token: None for text in texts if is_unspaced(text) for token in text.split() if is_unspaced(token)}
    words = dict.fromkeys(word for token in written for word in _WORD.findall(bare(token)))
    return " ".join(part for word in words for part in _cut(word) or pairs(word))


def telling_words(query: str) -> list[str]:
    """Return the words that a query is searched by, each once; none, if it has no words.

    One with inner capitals is looked for as it is, and with its parts side by side: create_window for createWindow.
    One of a script without spaces is looked for by the pairs of its letters.
    """
    parts = ("_".join(found).lower() for word in _WORD.findall(query) if len(found := _cut(word)) > 1)
    written = (part for word in re.findall(r"\w+", bare(query.lower())) for part in pairs(word) or [word])
    words = list(dict.fromkeys([*written, *parts]))
    return ([word for word in words if word not in COMMON] or words)[:_MAX_WORDS]


def match_expression(words: Sequence[str]) -> str:
    """Return an FTS5 expression that any of the words satisfies.

    Each word is quoted, so that nothing in a question is ever read as FTS5 syntax.
    """
    return " OR ".join(f'"{word}"' for word in words)


def _cut(word: str) -> list[str]:
    """Return what a word with inner capitals is made of, but for single letters; of any other word nothing.

    One that has no part of three letters is no compound: WiFi, PhD, kHz.
    """
    if not word.isascii() or not _SEAM.search(word):
        return []
    parts = [part for part in _PART.findall(word) if len(part) > 1]
    return parts if any(len(part) >= _TELLING for part in parts) else []
