"""A follow-up question becomes one that can be searched for on its own. No model is asked: nothing is invented."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.documents import Viewer
from ragkit.filters import Filter
from ragkit.retrieval.base import Retriever
from ragkit.text.sentences import telling

_LEANS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|he|she|him|her|there|one|ones|same|else|instead|former|latter)\b"
    r"|^\s*(?:and|or|but|so|what about|how about|why|also|then|ok|yes|no)\b"
    r"|^[\s¿]*(?:und|oder|aber|y|o|pero|et|ou|mais|e|ma|mas|en|maar)(?=\s)",
    re.IGNORECASE,
)
_WORD, _APOSTROPHE = re.compile(r"\w+"), re.compile("['\u2019]")
# A question with this many words of meaning is taken to stand on its own.
_SELF_CONTAINED = 5
# What was said longer ago than in so many turns is not what a question is about.
_TURNS = 3
# Documents that share a title, by which it names a thing and not what one text says.
_SHARED = 2
_LOOKED_AT = 20
# Titles that documents about different things have: they name a part of a whole, not what it is about.
_PARTS = frozenset(
    {"about", "appendix", "changelog", "contents", "document", "faq", "glossary", "home", "index", "introduction"}
    | {"news", "notes", "overview", "page", "readme", "summary", "untitled"}
)

Turns = Sequence[tuple[str, str]]
"""Questions and their answers, the oldest first."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Tells what a text is about, by the titles in a store: of a hotel, a product or an illness.

    `words` finds the documents that may be meant; it should search by words, since it is asked once a text.
    """

    words: Retriever
    viewer: Viewer
    where: Filter | None = None

    def of(self, text: str, *, least: int = _SHARED) -> str:
        """Return the title that the text names last, of those that `least` documents share; empty if there is none."""
        documents: dict[str, set[str]] = defaultdict(set)
        for hit in self.words.retrieve(text, limit=_LOOKED_AT, where=self.where, viewer=self.viewer):
            documents[hit.chunk.title].add(hit.chunk.document_id)
        shared = [title for title, having in documents.items() if len(having) >= least]
        plain = _plain(text)
        named = [title for title in shared if _plain(title).strip() not in {"", *_PARTS} and _plain(title) in plain]
        return max(named, key=lambda title: _ending(title, plain), default="")


def condense(question: str, turns: Turns, *, subject: Subject | None = None) -> str:
    """Return what to search for: the question behind what it is about, or behind the last one if it leans on it.

    It is about the last subject of the turns before it, if it names none of its own: nothing else can tell from each
    other documents that say the same of different things. It leans if it is short and has a word that points back
    ("it", "and for ..."), or next to no word of meaning.
    """
    if not turns:
        return question
    about = "" if subject is None or subject.of(question, least=1) else _last(turns, subject)
    meaning = len(telling(question))
    leans = meaning <= 1 or (meaning < _SELF_CONTAINED and _LEANS_BACK.search(question) is not None)
    if about and meaning:
        return f"{about} {question}"
    asked = f"{turns[-1][0]} {question}" if leans else question
    return f"{about} {asked}".strip()


def _last(turns: Turns, subject: Subject) -> str:
    said = (text for turn in reversed(turns[-_TURNS:]) for text in reversed(turn) if text)
    return next((about for text in said if (about := subject.of(text))), "")


def _ending(title: str, plain: str) -> tuple[int, int]:
    """Return where a title ends in a text that names it, and how long it is: "Ashley Hotel" goes before "Hotel"."""
    name = _plain(title)
    return plain.rfind(name) + len(name), len(name)


def _plain(text: str) -> str:
    # What is in front of an apostrophe belongs to the name: Nando's is Nandos.
    return f" {' '.join(_WORD.findall(_APOSTROPHE.sub('', text.lower())))} "
