"""Words that a question turns on and no passage has, told by what becomes of the question without them.

A paraphrase lacks words of its passage too, and so does a near miss: "how long is the trial" and "how long is the
trial for charities" differ in nothing that a score sees. But without a word that nothing answers, a question comes
nearer to the passages; without one that they say in other words, it goes away from them.
"""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from ragkit.documents import Hit
from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.retrieval.refusing.names import is_place, is_spelled_out
from ragkit.retrieval.refusing.nearest import nearest_sentences, said
from ragkit.retrieval.results import Results
from ragkit.text.sentences import COMMON, stem

# How much a word moves the question at all, and how much nearer the question comes to the passages without it.
_MOVES = 0.5
# Fitted, as the bounds below, on half of the questions that docs/decisions/16-calibrated-evidence.md names.
_LEAST = 0.1
# Short passages lack many words, so that lacking one says less: the least grows by so much below `_FULL` words.
_SHORTER, _FULL, _FEW = 0.08, 400, 100
_RARE = 0.6
# Of the question's words, at least so many must be there. Otherwise it is of another language, or of another matter.
_KNOWN = 0.25
_SENTENCES = 16
_SHORTEST = 5
_LETTERS = 3
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")  # noqa: RUF001  # the typesetter's apostrophe
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_MEASURED = re.compile(r"\bhow\s+(\w+)", re.I)
# They shape a question, say when it is asked or whose it is, and are seldom what it is about.
_SHAPING = frozenset(
    re.findall(
        r"\w+",
        "again all also always another anything back best better call called case come comes different each ever "
        "every everything exactly far few first get gets give given go goes going got happen happened happens "
        "happening hello help hi itself just keep kind know last least less let list long longest main make makes "
        "many max maximum mean means mention minimum more most much must myself need needed needs next nothing now "
        "number off often old one only out over own people per person please pls possible really same say says see "
        "set shortest should show shows somebody someone something somewhere soon sort start still stop take taken "
        "takes tell than thanks thing things today tomorrow tonight true two type under until up us use used uses "
        "using usual usually very want wants way ways week whole without work works wrong year yesterday yet he "
        "she him her his hers they weeks month day days son sons daughter daughters wife husband partner mother "
        "father mum mom dad kid kids boy girl friend colleague colleagues boss grandfather grandmother brother "
        "sister",
    )
)


class Coverage:
    """Tells which words of a question the passages leave uncovered, by an embedder. Serves any number of threads."""

    def __init__(self, vectors: SentenceVectors) -> None:
        self._embedder = vectors.embedder
        self._vectors = vectors

    def uncovered(self, question: str, found: Results) -> tuple[str, ...]:
        """Return the words, as written, that the question turns on and no hit has, the weightiest first.

        A word that is not `_RARE` in the store counts for nothing, and so does one of a place. No hits, no words.
        """
        lacking = _lacking(question, found)
        if not lacking:
            return ()
        nearest = nearest_sentences(question, found.hits, most=_SENTENCES)
        near = self._vectors.of([each.whole for each in nearest])
        if not len(near):
            return ()
        weights = {_unowned(match[0]): self._weight(question, match, near) for match in lacking}
        least = _least(found.hits)
        return tuple(sorted((word for word in weights if weights[word] > least), key=lambda word: -weights[word]))

    def _weight(self, question: str, match: re.Match[str], near: Vectors) -> float:
        """Return how much speaks against the word: it moves the question, and away from the passages."""
        whole = self._embedder.embed_query(question)
        without = self._embedder.embed_query(
            f"{question[: match.start()]} {question[match.end() :]}".replace("  ", " ")
        )
        farther = float((near @ whole).max() - (near @ without).max())
        return _MOVES * (1 - float(whole @ without)) - farther


def _lacking(question: str, found: Results) -> list[re.Match[str]]:
    """Return the words that may be what is asked about, and that no hit has."""
    asked = [match for match in _asked(question) if _tells(match, question)]
    text = "\n".join(map(said, found.hits))
    there = {form for word in re.findall(r"[^\W_]+", text.lower()) for form in _forms(word)}
    lacking = [match for match in asked if there.isdisjoint(_forms(_plain(match[0])))]
    if not found.hits or len(asked) - len(lacking) < _KNOWN * len(asked):
        return []
    letters = {"".join(sorted(word)) for word in there if len(word) >= _SHORTEST}
    return [
        match
        for match in lacking
        if found.rarities.get(_plain(match[0]), 0.0) >= _RARE
        and "".join(sorted(_plain(match[0]))) not in letters
        and not (match[0][0].isupper() and is_place(match, question))
        and not is_spelled_out(match[0], text)
    ]


def _asked(question: str) -> list[re.Match[str]]:
    """Return the words of the sentences that ask; of all sentences, if none has a question mark."""
    ends = [0, *(match.end() for match in _SENTENCE.finditer(question)), len(question)]
    spans = [(start, end) for start, end in pairwise(ends) if "?" in question[start:end]]
    return [match for span in spans or [(0, len(question))] for match in _WORD.finditer(question, *span)]


def _tells(match: re.Match[str], question: str) -> bool:
    word = _plain(match[0])
    measured = {each[1].lower() for each in _MEASURED.finditer(question)}
    return len(word) >= _LETTERS and word.isalpha() and word not in COMMON | _SHAPING | measured


def _plain(word: str) -> str:
    return _unowned(word).lower()


def _unowned(word: str) -> str:
    return re.sub(r"['’]\w*$", "", word)  # noqa: RUF001


def _forms(word: str) -> set[str]:
    return {stem(word), word.removesuffix("s"), word.removesuffix("es")}


def _least(hits: Sequence[Hit]) -> float:
    count = max(1, sum(len(hit.chunk.text.split()) for hit in hits))
    short = math.log(_FULL / count) / math.log(_FULL / _FEW)
    return _LEAST + _SHORTER * min(1.0, max(0.0, short))
