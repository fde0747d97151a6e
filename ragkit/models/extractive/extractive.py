"""Answers without a language model: the sentences of the passages that answer best, word for word."""

from functools import cached_property
from typing import Any

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
from ragkit.models.extractive.choosing import Chooser
from ragkit.models.extractive.passages import Unit
from ragkit.models.extractive.quoting import quoted


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
        return self._chooser.choose(asked, minimum=self.minimum)

    @cached_property
    def _chooser(self) -> Chooser:
        vectors = SentenceVectors(self.embedder) if self.embedder else None
        return Chooser(vectors=vectors, most=self.most, near=self.near)
