"""How much nearness in meaning and shared words count for one query: told by the query and by what it finds.

No constant is fitted to a collection. A cosine and a BM25 score as a share of the most that the query could score are
both absolute: a passage that has a third of what was asked for counts a third, whatever else was found. What is known
of a query then shifts the weight between them. The constants and the sets that they were found on are in
docs/decisions/13-fusion-by-absolute-scores.md.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from ragkit.store.candidates import Scores
from ragkit.store.memory.scoring import K1

# The weight of the cosine, and what it gains where the chunks are mere lines, which share few words with a question.
MEANING, SHORT = 0.6, 0.17
# How fast names that the nearest chunks lack take weight away from it: at 1 error codes lose 0.034 nDCG@10.
NAMES = 1.75
# How far the nearest chunk that lacks least speaks for all, where the best word matches all have the name: such a name
# is a subject, not a code, and one chunk that has it shows that the model knows it. At 0.85 other sets lose 0.003.
SUBJECT = 0.7
# What is left of a name that is a mere word, no code, where the nearest chunks say much of what the best word match
# says: "commas" is in two pieces, "Security" in a heading has a capital. At 1 headings lose 0.011 nDCG@10.
MERE = 0.3
# In so many pieces a name is a code. As mere words they cost SciFact 0.002 nDCG@10 and save FAQ 0.007.
_CODE = 3
# The share of the best BM25, of the nearest chunks, between which `MERE` comes in.
_HARDLY, _MUCH = 0.2, 0.4
# What is left of it for a bare list of words, of which a model makes less than of a sentence.
KEYWORDS = 0.8
# What it gains where the nearest chunks say what was asked: what one word match has over another is then repetition.
SAID = 0.35
# The share of the most that BM25 could give, of the nearest chunks, between which `SAID` comes in.
_PARTLY, _WHOLLY = 0.45, 0.65
# Mean words of a chunk between which `SHORT` fades out.
_LINES, _PARAGRAPHS = 8.0, 30.0
# The second is that of Chinese and Japanese.
_MARKS = ("?", "\uff1f")
# What a question begins with, if nobody set a question mark behind it.
_ASKING = frozenset({"how", "what", "when", "where", "which", "who", "why"})
# So many pieces of a word of the texts, on average, between which an embedder loses `UNKNOWN` of its weight: what it
# takes apart it knows little of, such as createWindow, or German.
WHOLE, _APART, UNKNOWN = 1.3, 1.5, 0.5
# So many of the best chunks of each side are looked at for names.
LOOKED_AT = 3
# What a title that the query names counts beside the share of BM25. So many of the best chunks are looked at for it.
TITLE, TITLES = 0.3, 10


def names(query: str, words: Collection[str], pieces: Callable[[str], int]) -> frozenset[str]:
    """Return the words that an embedder knows little of: names, codes, numbers.

    That is a word with a digit, with a capital inside the sentence or the word, or that the embedder takes to pieces.
    """
    written = {match[0].lower() for match in re.finditer(r"\w+", query) if _is_name(match, query)}
    return frozenset(word for word in words if word in written or pieces(word) > 1)


def weight(
    query: str,
    idf: Mapping[str, float],
    *,
    unseen: float,
    mean_words: float,
    common: AbstractSet[str],
    meaning: float = MEANING,
) -> float:
    """Return what the cosine counts, from 0 to 1; BM25 counts the rest.

    It begins at `meaning`, before what is known of the query shifts it. `unseen` is what `unseen_names` returns,
    `common` the words that say nothing: a query without any of them, and without a question mark, is a list of words.
    No words at all, and meaning counts alone.
    """
    if not idf:
        return 1.0
    lines = 1 - _between(math.log(max(1.0, mean_words)), math.log(_LINES), math.log(_PARAGRAPHS))
    is_prose = any(mark in query for mark in _MARKS) or not common.isdisjoint(re.findall(r"\w+", query.lower()))
    kept = min(1.0 if is_prose else KEYWORDS, max(0.0, 1 - NAMES * unseen))
    return min(1.0, meaning + SHORT * lines) * kept


def known(pieces: float) -> float:
    """Return what is left of the weight of an embedder that makes so many pieces of a word of the texts."""
    return 1 - UNKNOWN * _between(pieces, WHOLE, _APART)


def is_question(query: str) -> bool:
    """Whether a query asks in a sentence of its own, and doesn't just say what it looks for."""
    first = re.search(r"\w+", query)
    return query.rstrip().endswith(_MARKS) or (first is not None and first[0].lower() in _ASKING)


def raised(weight: float, said: float) -> float:
    """Return the weight as `said` raises it: what BM25 gives the nearest chunks, as a share of the most."""
    return min(1.0, weight * (1 + SAID * _between(said, _PARTLY, _WHOLLY)))


def unseen_names(
    named: Collection[str], idf: Mapping[str, float], *, nearest: Sequence[str], matching: Sequence[str]
) -> float:
    """Return the share of the query's idf in names that the best word matches have and the nearest chunks lack.

    That is the mean over the nearest chunks. Names that each of `LOOKED_AT` matches has are held to `SUBJECT` against
    the chunk that lacks the least of them.
    """
    total = math.fsum(idf.values())
    if not total or not nearest:
        return 0.0
    asked = [name for name in named if name in idf]
    near, match = ([_said(text, asked) for text in texts] for texts in (nearest, matching))
    found = set().union(*match)
    subjects = found.intersection(*match) if len(match) == LOOKED_AT else set()
    lacked, known = (
        np.array([math.fsum(idf[name] for name in some - text) for text in near]) for some in (found, subjects)
    )
    return float(lacked.mean() - SUBJECT * (known.mean() - known.min())) / total


def is_code(name: str, pieces: Callable[[str], int]) -> bool:
    """Whether a name can't be a word that an embedder knows: it has a digit, or is in three pieces or more."""
    return any(map(str.isdigit, name)) or pieces(name) >= _CODE


def mere(said: float) -> float:
    """Return what a name counts that is no code. `said` is what BM25 gives the nearest chunks, as a share of the best.

    A name that is lost counts in full: then the nearest chunks say next to nothing of what was asked.
    """
    return 1 - (1 - MERE) * _between(said, _HARDLY, _MUCH)


def title_named(title: str, idf: Mapping[str, float], *, common: AbstractSet[str]) -> float:
    """Return how far a query names a title, from 0 to 1: 1 if it says the whole title, and nothing else.

    That is the share of the query's idf in the title's words, times the squared share of the title's words in the
    query: a title that the query has half of is not its name. `idf` has the query's words, `common` those of a title
    that say nothing.
    """
    words = set(re.findall(r"\w+", title.lower())) - common
    said = words & idf.keys()
    if not said:
        return 0.0
    # Sets have another order in each process: only an exact sum is the same to the last bit.
    return math.fsum(idf[word] for word in said) / math.fsum(idf.values()) * (len(said) / len(words)) ** 2


def most_bm25(rarities: Collection[float]) -> float:
    """Return what BM25 gives a text that is full of words of these idf; 1 if there are none."""
    return (K1 + 1) * sum(rarities) or 1.0


def assumed(dense: Scores, shares: Scores) -> Scores:
    """Return the cosines, and for each NaN, a chunk without a vector, what is assumed of it by its share of words.

    It is taken to be nearer than as many of the chunks with both scores as it has more words than. If there are none,
    the share is taken for the cosine.
    """
    lacking = np.isnan(dense)
    both = ~lacking & (shares > 0)
    if not both.any():
        return np.where(lacking, shares, dense)
    places = np.searchsorted(np.sort(shares[both]), shares, side="right")
    return np.where(lacking, np.sort(dense[both])[np.minimum(places, np.count_nonzero(both) - 1)], dense)


def _between(value: float, low: float, high: float) -> float:
    """Return 0 up to the low bound, 1 from the high one on, and between them in proportion."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _said(text: str, words: Sequence[str]) -> set[str]:
    """Return those of the words, in small letters, that a text has: far sooner than all words of the text are found."""
    text = f" {text.lower()} "
    return {word for word in words if any(_is_apart(text, word, start) for start in _places(text, word))}


def _places(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _is_apart(text: str, word: str, start: int) -> bool:
    """Whether no letter, digit or underscore stands beside a word that doesn't begin or end the text."""
    return not any(sign.isalnum() or sign == "_" for sign in (text[start - 1], text[start + len(word)]))


def _is_name(match: re.Match[str], query: str) -> bool:
    word = match[0]
    if any(letter.isdigit() for letter in word) or any(letter.isupper() for letter in word[1:]):
        return True
    begins = not match.start() or re.search(r"[.!?]\s*$", query[: match.start()])
    return word[0].isupper() and not begins
