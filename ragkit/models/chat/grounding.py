"""A question together with the passages that may answer it, as one chat message."""

from dataclasses import dataclass

from langchain_core.messages import HumanMessage
from pydantic import Field

# What a model says, alone, when the passages do not answer.
NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A chunk as a prompt shows it. `marker` is the number that citations use, from 1.

    `relevance` is the cosine similarity of chunk and question, 0 where nothing measured it.
    """

    marker: int
    title: str
    heading: str
    text: str
    relevance: float = 0.0


class GroundedQuestion(HumanMessage):
    """A human message whose text any chat model reads, and whose parts a model of ours may read instead.

    The parts never leave the process: what is sent to a server is `content` alone. `question` is what was searched
    for, `asked` what was asked, which of a follow-up is less, and `told` the answer of the turn before.
    """

    question: str = Field(default="", exclude=True)
    asked: str = Field(default="", exclude=True)
    told: str = Field(default="", exclude=True)
    passages: tuple[Passage, ...] = Field(default=(), exclude=True)
