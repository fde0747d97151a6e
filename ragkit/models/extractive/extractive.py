"""Answers without a language model: the sentences of the passages that answer best, word for word."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from langchain_core.messages import AIMessage, AIMessageChunk

from ragkit.errors import ModelFailed
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.models.chat.grounding import NOT_FOUND, GroundedQuestion, Passage
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.models.extractive.choosing import Chooser
from ragkit.models.extractive.quoting import quoted
from ragkit.text.units import Unit

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput


@dataclass(kw_only=True)
class ExtractiveChat:
    """Quotes instead of writing, so that it can't invent. Says `NOT_FOUND` when no sentence comes near the question.

    Sentences are weighed by meaning (`embedder`) and by the question's words; without an embedder by words alone.
    It shows `most` of them, or fewer: only what comes near the best one, from 0 (all do) to 1.
    Below the certainty `minimum`, from 0 to 1, it does not answer.
    """

    # It is no BaseChatModel, whose import takes a quarter of the time of `ragkit ask`.

    embedder: Embedder | None = None
    # At 0.42 it refuses 14 of 100 answerable questions of support-faq, at 0.38 8, and the same near misses.
    minimum: float = 0.38
    most: int = 3
    near: float = 0.85

    def stream(self, messages: "LanguageModelInput") -> Iterator[AIMessageChunk]:
        """Yield what `invoke` returns, all at once."""
        yield AIMessageChunk(content=self.invoke(messages).content)

    def invoke(self, messages: "LanguageModelInput") -> AIMessage:
        """Return the answer to the last message.

        Raises:
            ModelFailed: that is no question with passages.
        """
        last = messages[-1] if isinstance(messages, list) and messages else None
        if not isinstance(last, GroundedQuestion):
            raise _only_quotes()
        chosen = self.choose(last)
        return AIMessage(quoted(chosen) if chosen else NOT_FOUND)

    def with_structured_output(self, schema: object) -> NoReturn:
        """Raise ModelFailed: what is quoted has no schema."""
        del schema
        raise _only_quotes()

    def choose(self, asked: GroundedQuestion) -> list[Unit[Passage]]:
        """Return the units that answer, best first; none if none is near enough."""
        return self._chooser.choose(asked, minimum=self.minimum)

    @cached_property
    def _chooser(self) -> Chooser:
        vectors = SentenceVectors(self.embedder) if self.embedder else None
        return Chooser(vectors=vectors, most=self.most, near=self.near)


def _only_quotes() -> ModelFailed:
    return ModelFailed("the extractive model only quotes passages; it can't chat. Choose another.", model=EXTRACTIVE)
