"""Whether a question may be about several things alike, and which: by rule, so that nobody is asked without need."""

import re
from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.retrieval.refusing.nearest import said
from ragkit.text.sentences import telling
from ragkit.text.tables import without_columns

MOST_CHOICES = 4
# What "the fee" and "password?" have at most; a longer question says what it is about.
_MOST_WORDS = 3
_MOST_TELLING = 2
# Of the best passage's score: what scores less is not about it as much.
_ABOUT_EQUAL = 0.8
_FEWEST_DOCUMENTS = 3
_FEWEST_TITLES = 2
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_ASKS_FOR_THE = re.compile(r"^\s*(?:what(?:'s| is| are)|tell me about|and)\s+(?=(?:the|our|my|your)\b)", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|that one|this one|those|these)\b", re.IGNORECASE)
# Here "it" stands for nothing.
_STANDS_FOR_NOTHING = re.compile(r"\bit (?:possible|ok|okay|safe|allowed|true|normal|legal|necessary|worth)\b", re.I)
_NUMBERING = re.compile(r"^\s*(?:§\s*)?\d+(?:\.\d+)*\.?\s+")


def choices(question: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return what a question without any before it could be about, best first; empty if it is clear enough.

    It is unclear if it is one or two words that several documents are about, none of them much more than the others, or
    if it points ("How long does it take?") at what nobody has named. A choice, asked in its place, is clear.
    """
    wanted, plain = set(telling(question)), _plain(question)
    if len(wanted) > _MOST_TELLING or _DIGIT.search(question):
        return ()
    if any(plain in (_plain(hit.chunk.title), _plain(label(hit))) for hit in hits):
        return ()
    if points_back(question):
        found = _by_document(hits)
    elif wanted and len(_WORD.findall(_ASKS_FOR_THE.sub("", question))) <= _MOST_WORDS:
        found = _about(wanted, hits)
    else:
        return ()
    labels = dict.fromkeys(_named(hit, wanted) for hit in found)
    return tuple(labels)[:MOST_CHOICES] if len(labels) >= _FEWEST_TITLES else ()


def points_back(question: str) -> bool:
    """Whether what a question is about stands in it only as "it" or "they"."""
    return bool(_POINTS.search(question)) and not _STANDS_FOR_NOTHING.search(question)


def label(hit: Hit) -> str:
    """Return the title of a hit's document, and the innermost heading where that says more, without its number."""
    title, heading = hit.chunk.title, leaf(hit.chunk.heading)
    return f"{title}: {heading}" if heading and _plain(heading) != _plain(title) else title


def leaf(heading: str) -> str:
    """Return the innermost heading of a path, without the number before it. The names of columns are none."""
    return _NUMBERING.sub("", without_columns(heading).rpartition(" > ")[2]).strip()


def _by_document(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
    return list(best.values())


def _about(wanted: set[str], hits: Sequence[Hit]) -> list[Hit]:
    """Return the best hit of each document that has all words, if they are about equal; none if one stands out."""
    having = [hit for hit in hits if wanted <= set(telling(said(hit)))]
    equal = [hit for hit in _by_document(having) if hit.score >= _ABOUT_EQUAL * hits[0].score]
    # A document of that very name is what is meant.
    if any(set(telling(hit.chunk.title)) == wanted for hit in equal):
        return []
    titled = [hit for hit in equal if wanted <= set(telling(hit.chunk.title))]
    return equal if len(equal) >= _FEWEST_DOCUMENTS or len(titled) >= _FEWEST_TITLES else []


def _named(hit: Hit, wanted: set[str]) -> str:
    return hit.chunk.title if wanted and wanted <= set(telling(hit.chunk.title)) else label(hit)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))
