"""Chat completions as OpenAI's protocol has them: messages become a question, an answer becomes choices and chunks."""

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from ragkit.answer import Answer
from ragkit.config import Section
from ragkit.documents import Viewer
from ragkit.prompting.conversation import Turn
from ragkit.server.assistants import Turns
from ragkit.server.faults import Fault
from ragkit.server.spoken import pieces, unspoken
from ragkit.server.streams import event

# Older turns are of no use to a search, and each of them takes time.
_MOST_TURNS = 20


class Part(BaseModel):
    """A part of a message; only texts are read, and what was refused before."""

    type: str
    text: str = ""
    refusal: str = ""


class Message(BaseModel):
    """One message. Those of the system and of tools are passed over: a profile says how its assistant speaks."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The texts of the message."""
        if not isinstance(self.content, list):
            return self.content or ""
        return "\n".join(filter(None, (part.text or part.refusal for part in self.content)))

    def require_text(self) -> None:
        """Refuse what only looks asked.

        Raises:
            Fault: it has something else than text.
        """
        for part in self.content if isinstance(self.content, list) else ():
            if part.type != "text":
                message = f"A message has a part of type {part.type!r}. Only text can be asked."
                raise Fault(400, "unsupported_content", message)


class StreamOptions(BaseModel):
    """What a stream shall have beside the text."""

    include_usage: bool = False


class Extra(Section):
    """What ragkit knows beyond the protocol: whether `sources` stand below the text, and a filter as of `--where`."""

    sources: bool = True
    where: list[str] = Field(default=[], max_length=100)


class CompletionRequest(BaseModel):
    """What is asked for. All other fields of the protocol, such as `temperature`, are accepted and change nothing."""

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    ragkit: Extra = Extra()


def conversation(messages: Sequence[Message], *, turns: Turns, viewer: Viewer) -> tuple[str, list[Turn]]:
    """Return the question and what was said before it. Messages of a user that follow each other are one question.

    Raises:
        Fault: the last message is none of a user, or not of text alone. Pictures in earlier ones are passed over.
    """
    history: list[Turn] = []
    asked: list[Message] = []
    for message in (each for each in messages if each.role in ("user", "assistant")):
        if message.role == "user":
            asked.append(message)
        elif asked:
            question, seen = _joined(asked), message.text
            turn = turns.turn(question, seen=seen, viewer=viewer)
            history.append(turn or Turn(question=question, answer=unspoken(seen)))
            asked = []
    if not asked:
        raise Fault(400, "no_question", "The last message must be the user's question.")
    for message in asked:
        message.require_text()
    return _joined(asked), history[-_MOST_TURNS:]


def _joined(messages: Sequence[Message]) -> str:
    return "\n".join(message.text for message in messages)


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One completion of a model: its `text`, and the `answer` it was made of, if it was one."""

    model: str
    text: str = ""
    answer: Answer | None = None
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self) -> dict[str, object]:
        """Return it in one object."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._end}
        return self._head("chat.completion") | {"choices": [choice], "usage": self._usage} | self._ours

    def chunks(self, *, usage: bool) -> Iterator[str]:
        """Yield it as server-sent events, the text in pieces."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in pieces(self.text):
            yield self._chunk({"content": piece})
        yield self._chunk({}, end=self._end)
        if usage:
            yield event(self._head("chat.completion.chunk") | {"choices": [], "usage": self._usage})
        yield "data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], end: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        ours = self._ours if end else {}
        return event(self._head("chat.completion.chunk") | {"choices": [choice]} | ours)

    def _head(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    @property
    def _end(self) -> str:
        return "length" if self.answer and self.answer.cut_off else "stop"

    @property
    def _usage(self) -> dict[str, int]:
        read, wrote = (self.answer.usage.prompt_tokens, self.answer.usage.answer_tokens) if self.answer else (0, 0)
        return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}

    @property
    def _ours(self) -> dict[str, object]:
        return {"ragkit": self.answer.to_dict()} if self.answer else {}
