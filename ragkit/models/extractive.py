"""Answers without a language model: the sentences of the passages that answer best, word for word."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, SkipValidation

from ragkit.errors import ModelFailed
from ragkit.models.chat import EXTRACTIVE
from ragkit.models.embedder import Embedder
from ragkit.models.grounding import NOT_FOUND, GroundedQuestion
from ragkit.models.passages import Unit, units
from ragkit.sentences import sentences, telling

_MOST_UNITS = 3
# A unit joins the answer if it is nearly as good as the best one.
_NEARLY = 0.85
_ASKS_FOR_NUMBER = re.compile(
    r"\b(how (?:long|many|much|often|soon|old|big)|when|price|cost|fee|limit|deadline)\b", re.I
)
# How much the parts of a score count: the unit's meaning, the question's words in it, and its whole passage.
# Chosen on the 131 answerable questions of data/cases, where any weights near these do as well.
_MEANING, _WORDS, _PASSAGE, _NUMBER = 0.3, 0.4, 0.3, 0.1
_SAME = 0.8
_LOOKED_AT = 3


class ExtractiveChat(BaseChatModel):
    """Quotes instead of writing, so that it can't invent. Says `NOT_FOUND` when no sentence comes near the question.

    Sentences are weighed by meaning (`embedder`) and by the question's words; without an embedder by words alone.
    Below the certainty `minimum`, from 0 to 1, it does not answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    embedder: SkipValidation[Embedder | None] = None
    # At 0.42 it passes over one in twenty of the answerable questions of data/cases.
    minimum: float = 0.42

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
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._answer(last)))])

    def _answer(self, asked: GroundedQuestion) -> str:
        candidates = [unit for passage in asked.passages for unit in units(passage)]
        if not candidates:
            return NOT_FOUND
        scores = self._scores(asked.question, candidates)
        order = sorted(range(len(candidates)), key=lambda row: -scores[row])
        best = scores[order[0]]
        if self._certainty(asked.question, [candidates[row] for row in order[:_LOOKED_AT]], best) < self.minimum:
            return NOT_FOUND
        near = [candidates[row] for row in order if scores[row] >= best * _NEARLY]
        return _written(_distinct(near)[:_MOST_UNITS])

    def _scores(self, question: str, candidates: Sequence[Unit]) -> list[float]:
        overlap = _overlap(question, candidates)
        meaning = self._similarity(question, [_in_context(unit) for unit in candidates]) or overlap
        number = _NUMBER if _ASKS_FOR_NUMBER.search(question) else 0.0
        return [
            _MEANING * near
            + _WORDS * shared
            + _PASSAGE * unit.passage.relevance
            + number * any(letter.isdigit() for letter in unit.text)
            for near, shared, unit in zip(meaning, overlap, candidates, strict=True)
        ]

    def _certainty(self, question: str, best: Sequence[Unit], score: float) -> float:
        """Return how sure it is that the best units answer: their score, and what they say without their headings.

        A heading can be about the question while no sentence below it is.
        """
        alone = self._similarity(question, [unit.text for unit in best])
        return (score + max(alone)) / 2 if alone else score

    def _similarity(self, question: str, texts: Sequence[str]) -> list[float]:
        if self.embedder is None:
            return []
        fitting = [_fitting(text, self.embedder) for text in texts]
        similarity = self.embedder.embed_documents(fitting) @ self.embedder.embed_query(question)
        return [float(value) for value in np.clip(similarity, 0.0, 1.0)]


def _in_context(unit: Unit) -> str:
    """Return the unit behind its title and heading."""
    return f"{unit.passage.title}. {unit.passage.heading.rpartition(' > ')[2]}. {unit.text}"


def _fitting(text: str, embedder: Embedder) -> str:
    """Return as much of a text as the embedder takes; this only ranks, so a cut tail loses nothing of the answer."""
    while (tokens := embedder.count_tokens(text)) > embedder.window:
        text = text[: len(text) * embedder.window // (tokens + 1)]
    return text


def _overlap(question: str, candidates: Sequence[Unit]) -> list[float]:
    """Return the share of the question's words that each unit has, rare words counting more, headings half."""
    bodies = [set(telling(unit.text)) for unit in candidates]
    frequency = Counter(word for body in bodies for word in body)
    weights = {word: math.log(1 + len(candidates) / (1 + frequency[word])) for word in set(telling(question))}
    total = sum(weights.values())
    if not total:
        return [0.0] * len(candidates)
    shares = []
    for unit, body in zip(candidates, bodies, strict=True):
        above = set(telling(f"{unit.passage.title} {unit.passage.heading}"))
        shares.append(sum(weight * _found(word, body, above) for word, weight in weights.items()) / total)
    return shares


def _found(word: str, body: set[str], above: set[str]) -> float:
    return 1.0 if word in body else 0.5 * (word in above)


def _distinct(found: Sequence[Unit]) -> list[Unit]:
    """Drop what says nearly the same as a better unit."""
    kept: list[tuple[Unit, set[str]]] = []
    for unit in found:
        said = set(telling(unit.text))
        if all(len(said & other) < _SAME * min(len(said), len(other)) for _, other in kept):
            kept.append((unit, said))
    return [unit for unit, _ in kept]


def _written(chosen: Sequence[Unit]) -> str:
    """Put the units into the order of the passages, each line with its marker, and sentences of a passage together."""
    ordered = sorted(chosen, key=lambda unit: (unit.passage.marker, unit.position))
    text = ""
    for before, unit in zip([None, *ordered], ordered, strict=False):
        flowing = before and before.passage == unit.passage and len(unit.lines) == len(before.lines) == 1
        text += ("" if before is None else " " if flowing else "\n\n") + _marked(unit)
    return text


def _marked(unit: Unit) -> str:
    """Return the lines of a unit with its marker behind every sentence; a single item of a list loses its bullet."""
    marker = f" [{unit.passage.marker}]"
    lines = unit.lines if len(unit.lines) > 1 else (unit.lines[0].removeprefix("- "),)
    return "\n".join(" ".join(line[span.start : span.end] + marker for span in sentences(line)) for line in lines)
