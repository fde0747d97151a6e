"""Which units of the passages answer a question best, by meaning, by words and by how near their passage is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.extractive.amending import with_changes
from ragkit.models.extractive.members import asked_kind, names_members
from ragkit.models.extractive.rows import lists, meant
from ragkit.models.extractive.weighing import asks_for_number, asks_for_way, has_number, own_words, shares
from ragkit.text.sentences import telling
from ragkit.text.units import Unit, units

# How much the parts of a score count: the unit's meaning, the question's words in it, and its whole passage. Fitted on
# the sentences that bear out the claims of SciFact's train part; decision 9 has how well they do elsewhere.
_MEANING, _WORDS, _PASSAGE = 0.27, 0.31, 0.42
_NUMBER = 0.1
# Steps, where the question is how to do something. At 0.1 they drive out the sentence that says who may do it.
_STEPS = 0.06
# A table, or a sentence, of all that the question asks about.
_LISTS = 0.2
# What the last answer has said already.
_TOLD = 0.15
# So many units, the best by words and passage, are weighed by meaning: with more the answers are the same.
_EMBEDDED = 10
_SAME = 0.8
_LOOKED_AT = 3


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """Chooses `most` units, or fewer: only what comes near the best one, from 0 (all do) to 1.

    What changes a clause among them comes in addition.

    Without `vectors` units are weighed by words alone. Serves any number of threads.
    """

    vectors: SentenceVectors | None
    most: int = 3
    near: float = 0.85

    def choose(self, asked: GroundedQuestion, *, minimum: float) -> list[Unit[Passage]]:
        """Return the units that answer, best first; none below the certainty `minimum`, from 0 to 1."""
        weighed = self._weighed(asked)
        if not weighed or _certainty(weighed) < minimum:
            return []
        best = weighed[0].score
        found = [one.unit for one in weighed if one.score >= best * self.near]
        # Around what a follow-up asks stands what was said before.
        whole = found if own_words(asked) else list(dict.fromkeys(unit.within or unit for unit in found))
        return with_changes(_distinct(whole)[: self.most], asked.passages)

    def _weighed(self, asked: GroundedQuestion) -> list["_Weighed"]:
        """Return the units that may answer, best first."""
        question = asked.asked or asked.question
        number, way = asks_for_number(question), asks_for_way(question)
        candidates = _candidates(asked, parts=number)[:_EMBEDDED]
        meanings = self._meanings(asked, [one.unit for one in candidates]) or [one.meaning for one in candidates]
        told = set(telling(asked.told)) if own_words(asked) else set()
        weighed = [
            replace(
                one,
                meaning=meaning,
                score=one.score
                + _MEANING * meaning
                + _NUMBER * (number and has_number(one.unit.text))
                + _STEPS * (way and one.unit.steps)
                - _TOLD * _is_told(one.unit, told),
            )
            for one, meaning in zip(candidates, meanings, strict=True)
        ]
        return sorted(weighed, key=lambda one: -one.score)

    def _meanings(self, asked: GroundedQuestion, candidates: Sequence[Unit[Passage]]) -> list[float]:
        """Return how near each unit is to the question; nothing without an embedder that reads it."""
        if self.vectors is None or not candidates or not self.vectors.scripts.reads(asked.question):
            return []
        read = [asked.question, asked.asked] if own_words(asked) else [asked.question]
        question = np.mean([self.vectors.embedder.embed_query(text) for text in read], axis=0)
        near = self.vectors.of([unit.text for unit in candidates]) @ question
        return [float(value) for value in np.clip(near, 0.0, 1.0)]


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """A unit with how much speaks for it; `meaning` is how near it is by itself."""

    unit: Unit[Passage]
    meaning: float
    score: float


def _candidates(asked: GroundedQuestion, *, parts: bool) -> list[_Weighed]:
    """Return all units, weighed by their words, which stand for their meaning, and by their passage, best first.

    Where nothing measured the passage, their words stand for that, too.
    """
    kind = asked_kind(asked.asked or asked.question)
    found = meant(asked, [unit for passage in asked.passages for unit in units(passage, parts=parts)])
    weighed = [
        _Weighed(
            unit=unit,
            meaning=share,
            score=_WORDS * share
            + _PASSAGE * (unit.passage.relevance or share)
            + _LISTS * (lists(asked, unit) or names_members(unit.text, kind)),
        )
        for share, unit in zip(shares(asked, found), found, strict=True)
    ]
    return sorted(weighed, key=lambda one: -one.score)


def _certainty(weighed: Sequence[_Weighed]) -> float:
    """Return how sure it is that the best units answer: the best score, and what they say by themselves.

    A passage can be about the question while no sentence of it is.
    """
    return (weighed[0].score + max(one.meaning for one in weighed[:_LOOKED_AT])) / 2


def _is_told(unit: Unit[Passage], told: set[str]) -> bool:
    said = set(telling(unit.text))
    return bool(told) and len(said & told) >= _SAME * len(said)


def _distinct(found: Sequence[Unit[Passage]]) -> list[Unit[Passage]]:
    """Drop what says nearly the same as a better unit."""
    kept: list[tuple[Unit[Passage], set[str]]] = []
    for unit in found:
        said = set(telling(unit.text))
        if not any(_alike(said, other) for _, other in kept):
            kept.append((unit, said))
    return [unit for unit, _ in kept]


def _alike(said: set[str], other: set[str]) -> bool:
    """Tell whether two units say nearly the same: not, if each has a number that the other one lacks."""
    differ = any(map(has_number, said - other)) and any(map(has_number, other - said))
    return not differ and len(said & other) >= _SAME * min(len(said), len(other))
