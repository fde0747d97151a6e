"""Answers without a language model: the sentences of the passages that answer best, word for word."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, SkipValidation

from ragkit.errors import ModelFailed
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.models.chat.grounding import NOT_FOUND, GroundedQuestion
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.extractive.passages import Unit, units
from ragkit.models.extractive.quoting import quoted
from ragkit.models.extractive.weighing import asks_for_number, asks_for_way, has_number, own_words, shares, singled_out
from ragkit.text.sentences import telling

# How much the parts of a score count: the unit's meaning, the question's words in it, and its whole passage. Fitted on
# the sentences that bear out the claims of SciFact's train part; decision 9 has how well they do elsewhere.
_MEANING, _WORDS, _PASSAGE = 0.27, 0.31, 0.42
_NUMBER = 0.1
# Steps, where the question is how to do something. At 0.1 they drive out the sentence that says who may do it.
_STEPS = 0.06
# What the last answer has said already.
_TOLD = 0.15
# So many units, the best by words and passage, are weighed by meaning: with more the answers are the same.
_EMBEDDED = 10
_SAME = 0.8
_LOOKED_AT = 3


class ExtractiveChat(BaseChatModel):
    """Quotes instead of writing, so that it can't invent. Says `NOT_FOUND` when no sentence comes near the question.

    Sentences are weighed by meaning (`embedder`) and by the question's words; without an embedder by words alone.
    It shows `most` of them, or fewer: only what comes near the best one, from 0 (all do) to 1.
    Below the certainty `minimum`, from 0 to 1, it does not answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    embedder: SkipValidation[Embedder | None] = None
    # At 0.42 it refuses 14 of 100 answerable questions of support-faq, at 0.38 8, and the same near misses.
    minimum: float = 0.38
    most: int = 3
    near: float = 0.85

    @property
    def _llm_type(self) -> str:
        return EXTRACTIVE

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        last = messages[-1] if messages else None
        if not isinstance(last, GroundedQuestion):
            raise ModelFailed(
                "the extractive model only quotes passages; it can't chat. Choose another.", model=EXTRACTIVE
            )
        chosen = self.choose(last)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(quoted(chosen) if chosen else NOT_FOUND))])

    def choose(self, asked: GroundedQuestion) -> list[Unit]:
        """Return the units that answer, best first; none if none is near enough."""
        weighed = self._weighed(asked)
        if not weighed or self._certainty(weighed) < self.minimum:
            return []
        best = weighed[0].score
        return _distinct([one.unit for one in weighed if one.score >= best * self.near])[: self.most]

    def _weighed(self, asked: GroundedQuestion) -> list["_Weighed"]:
        """Return the units that may answer, best first."""
        question = asked.asked or asked.question
        number, way = asks_for_number(question), asks_for_way(question)
        found = singled_out(asked, [unit for passage in asked.passages for unit in units(passage, parts=number)])
        candidates = [(share, unit) for share, unit in zip(shares(asked, found), found, strict=True)]
        candidates.sort(key=lambda one: -(_WORDS * one[0] + _PASSAGE * one[1].passage.relevance))
        del candidates[_EMBEDDED:]
        meanings = self._meanings(asked, [unit for _, unit in candidates]) or [share for share, _ in candidates]
        told = set(telling(asked.told)) if own_words(asked) else set()
        weighed = [
            _Weighed(
                unit=unit,
                meaning=meaning,
                score=_MEANING * meaning
                + _WORDS * share
                + _PASSAGE * unit.passage.relevance
                + _NUMBER * (number and has_number(unit.text))
                + _STEPS * (way and unit.steps)
                - _TOLD * _is_told(unit, told),
            )
            for (share, unit), meaning in zip(candidates, meanings, strict=True)
        ]
        return sorted(weighed, key=lambda one: -one.score)

    def _meanings(self, asked: GroundedQuestion, candidates: Sequence[Unit]) -> list[float]:
        """Return how near each unit is to the question; nothing without an embedder."""
        if self._vectors is None or not candidates:
            return []
        read = [asked.question, asked.asked] if own_words(asked) else [asked.question]
        question = np.mean([self._vectors.embedder.embed_query(text) for text in read], axis=0)
        near = self._vectors.of([unit.text for unit in candidates]) @ question
        return [float(value) for value in np.clip(near, 0.0, 1.0)]

    def _certainty(self, weighed: Sequence["_Weighed"]) -> float:
        """Return how sure it is that the best units answer: the best score, and what they say by themselves.

        A passage can be about the question while no sentence of it is.
        """
        return (weighed[0].score + max(one.meaning for one in weighed[:_LOOKED_AT])) / 2

    @cached_property
    def _vectors(self) -> SentenceVectors | None:
        return SentenceVectors(self.embedder) if self.embedder else None


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """A unit with how much speaks for it; `meaning` is how near it is by itself."""

    unit: Unit
    meaning: float
    score: float


def _is_told(unit: Unit, told: set[str]) -> bool:
    said = set(telling(unit.text))
    return bool(told) and len(said & told) >= _SAME * len(said)


def _distinct(found: Sequence[Unit]) -> list[Unit]:
    """Drop what says nearly the same as a better unit."""
    kept: list[tuple[Unit, set[str]]] = []
    for unit in found:
        said = set(telling(unit.text))
        if all(len(said & other) < _SAME * min(len(said), len(other)) for _, other in kept):
            kept.append((unit, said))
    return [unit for unit, _ in kept]
