"""A chat model as a judge of passages: it reads them all, numbered, and says the numbers best first.

An Ollama is asked this way too. It has no endpoint for rerankers (ollama/ollama#3368, open since 2024), so that the
rerankers made into GGUF files answer there as if they were chat models, without the score they were trained to give.
A yes or no a passage would be one request each, and two heaps instead of an order.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

import httpx
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from ragkit.errors import ModelFailed, PromptTooLong
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.chat.tokens import TURN_TOKENS
from ragkit.text.marks import FENCED, Marks

RULES = f"""\
You are given numbered passages and a question. Order the passages by how well they answer the question, best first.
- Answer with the numbers of the passages alone, every number once, like this: {{"order": [3, 1, 2]}}
- {FENCED.format("judge")}"""

# Kept free for the answer: the numbers of a hundred passages.
_ANSWER_TOKENS = 512

_log = logging.getLogger(__name__)


class ListwiseJudge:
    """Orders passages in one question to a chat model: JSON where the model can be held to it, else numbers in text.

    The best passage scores 1, the next 1/2, and so on. One that the model did not name, or that its window had no
    room for, scores 0. Nothing of the answer is used but numbers of passages that were shown, so a passage that
    gives orders can at most change the order. It costs as much as reading all passages once.
    """

    def __init__(self, engine: ChatEngine) -> None:
        self.name = engine.name
        self._engine = engine

    def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score a passage.

        Raises:
            ModelError: the model did not answer, or named no passage.
            PromptTooLong: the question and the first passage do not fit the model's window.
        """
        blocks = self._fitting(question, passages)
        if len(blocks) < len(passages):
            _log.warning("%s has room for %d of %d passages", self.name, len(blocks), len(passages))
        order = self._order([SystemMessage(RULES), HumanMessage(_asked(question, blocks))], len(blocks))
        scores = [0.0] * len(passages)
        for place, number in enumerate(order, start=1):
            scores[number - 1] = 1 / place
        return scores

    def _fitting(self, question: str, passages: Sequence[str]) -> list[str]:
        engine = self._engine
        marks = Marks()
        blocks = [f"[{number}]\n{marks.fence(text)}" for number, text in enumerate(passages, start=1)]
        start = engine.count_tokens(RULES) + engine.count_tokens(_asked(question, ())) + 2 * TURN_TOKENS
        room = engine.window - min(_ANSWER_TOKENS, engine.window // 4)
        costs = [engine.count_tokens(block) + TURN_TOKENS for block in blocks]
        sums = list(accumulate(costs, initial=start))[1:]
        fitting = sum(1 for _ in takewhile(lambda used: used <= room, sums))
        if passages and not fitting:
            message = f"the question and one passage take {sums[0]} tokens, {engine.name!r} has room for {room}."
            raise PromptTooLong(message, tokens=sums[0], window=engine.window)
        return blocks[:fitting]

    def _order(self, messages: list[BaseMessage], count: int) -> list[int]:
        """Return numbers from 1 to `count`, none of them twice; maybe not all."""
        try:
            told = self._told(messages, count)
        except (ValueError, OSError, httpx.HTTPError) as exc:
            message = f"{self.name!r} gave no order of passages ({type(exc).__name__}). Is it running?"
            raise ModelFailed(message, model=self.name) from exc
        order = list(dict.fromkeys(number for number in told if 1 <= number <= count))
        if not order:
            raise ModelFailed(f"{self.name!r} named none of the {count} passages. Take a larger model", model=self.name)
        return order

    def _told(self, messages: list[BaseMessage], count: int) -> Iterable[int]:
        answer = self._engine.answer_in(_schema(count), messages)
        if isinstance(answer, str):
            # Longer ones are no numbers of passages, and int() refuses those of thousands of digits.
            return map(int, re.findall(r"(?<!\d)\d{1,6}(?!\d)", answer))
        order = answer.get("order") if isinstance(answer, dict) else None
        return (number for number in order if type(number) is int) if isinstance(order, list) else ()


def _schema(count: int) -> dict[str, object]:
    number = {"type": "integer", "minimum": 1, "maximum": count}
    order = {"type": "array", "items": number, "maxItems": count}
    return {
        "title": "Order",
        "description": "The numbers of the passages, best first.",
        "type": "object",
        "properties": {"order": order},
        "required": ["order"],
    }


def _asked(question: str, blocks: Sequence[str]) -> str:
    return "\n\n".join([*blocks, f"Question: {question}"])
