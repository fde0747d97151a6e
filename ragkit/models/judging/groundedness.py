"""Models that say how likely a passage bears out a claim: a second opinion on what the check of words let through."""

from typing import Protocol

import httpx
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from ragkit.errors import ModelFailed, PromptTooLong
from ragkit.models.chat.engine import ChatEngine
from ragkit.text.marks import FENCED, Marks, inert

RULES = f"""\
You are given a passage and a claim. Say whether the passage alone says all of what the claim says.
- Figures, names, conditions and negations must be the same. What you know from elsewhere does not count.
- Answer with JSON alone: {{"supported": 1}} if it says all of it, {{"supported": 0}} if not, or a number between.
- {FENCED.format("judge")}"""

_ANSWER_TOKENS = 256


class Grounder(Protocol):
    """Judges claims against passages, to lower a verdict, never to raise one. `name` is what people know it by."""

    name: str

    def probability(self, claim: str, passage: str) -> float:
        """Return how likely the passage says all of the claim, from 0 to 1.

        Raises:
            ModelError: the model can't be loaded or reached, or did not answer as it must.
            PromptTooLong: claim and passage do not fit its window.
        """
        ...


class Judgement(BaseModel):
    """What a chat model answers."""

    supported: float = Field(ge=0, le=1)


class ChatGrounder:
    """Asks a chat model about each claim, as JSON. What is no number from 0 to 1 is an error, never a yes."""

    def __init__(self, engine: ChatEngine) -> None:
        self.name = engine.name
        self._engine = engine

    def probability(self, claim: str, passage: str) -> float:
        """Return what the model says.

        Raises:
            ModelError: it did not answer, or not as it was asked to.
            PromptTooLong: claim and passage do not fit its window.
        """
        asked = f"Passage:\n{Marks().fence(passage)}\n\nClaim: {inert(claim)}"
        tokens = self._engine.count_tokens(RULES) + self._engine.count_tokens(asked) + _ANSWER_TOKENS
        if tokens > self._engine.window:
            message = (
                f"a passage with its claim takes {tokens} tokens, {self.name!r} has room for {self._engine.window}."
            )
            raise PromptTooLong(message, tokens=tokens, window=self._engine.window)
        try:
            told = self._engine.answer_in(Judgement, [SystemMessage(RULES), HumanMessage(asked)])
            judged = Judgement.model_validate_json(told) if isinstance(told, str) else Judgement.model_validate(told)
        except (ValueError, OSError, httpx.HTTPError) as exc:
            message = f"{self.name!r} gave no judgement of a claim ({type(exc).__name__}). Take a larger model"
            raise ModelFailed(message, model=self.name) from exc
        return judged.supported
