"""The model writes from the passages, and what it writes is cleaned before anybody sees it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessageChunk, BaseMessageChunk

from ragkit.answer import Usage
from ragkit.documents import Hit, Viewer
from ragkit.guards.echo import EchoFilter, without_echo
from ragkit.guards.output import Outflow, harmless
from ragkit.models.chat.grounding import NOT_FOUND
from ragkit.models.chat.messages import is_cut_off
from ragkit.prompting.conversation import Turn
from ragkit.prompting.prompts import Prompt, Prompting
from ragkit.prompting.replies import Replies, Reply, reply_key
from ragkit.text.marks import Marks

# Marks of emphasis and quotation, in which a model may wrap a refusal.
_BEFORE = re.compile(r"^\W+")


class Written:
    """What a model writes for one prompt; `text`, `usage` and `cut_off` are whole once all `pieces` were taken.

    `kept` says that the text was kept from an earlier time, and no model is asked.
    """

    def __init__(
        self,
        prompt: Prompt,
        messages: Iterable[BaseMessageChunk],
        *,
        marks: Marks,
        kept: bool = False,
        on_end: Callable[["Written"], None] = lambda _: None,
    ) -> None:
        self.prompt = prompt
        self.text = ""
        self.usage = Usage(prompt_tokens=0 if kept else prompt.tokens)
        self.cut_off = False
        self.kept = kept
        self._messages = messages
        self._marks = marks
        self._on_end = on_end

    def pieces(self) -> Iterator[str]:
        """Yield what may be shown as it comes: without links, markup, marks and what repeats the instructions."""
        yield from EchoFilter(self.prompt.instructions).through(Outflow(marks=self.prompt.marks).through(self._read()))
        self._on_end(self)

    @property
    def harmless(self) -> str:
        """The text with no link but to the passages, without marks and without what repeats the instructions."""
        text = harmless(self.text, sources=[hit.chunk.uri for hit in self.prompt.shown], marks=self.prompt.marks)
        return without_echo(text, self.prompt.instructions)

    def _read(self) -> Iterator[str]:
        """Pass the pieces on as they come, but for a text that may still turn out to be a bare refusal."""
        shown = 0
        for message in self._messages:
            self.text += self._marks.read(str(message.text))
            self.cut_off |= is_cut_off(message)
            self._count(message)
            held = NOT_FOUND.startswith(_BEFORE.sub("", self.text).rstrip()[: len(NOT_FOUND)])
            if not held and len(self.text) > shown:
                yield self.text[shown:]
                shown = len(self.text)

    def _count(self, message: BaseMessageChunk) -> None:
        counted = message.usage_metadata if isinstance(message, AIMessageChunk) else None
        if counted:
            self.usage = Usage(prompt_tokens=counted["input_tokens"], answer_tokens=counted["output_tokens"])


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Asks the model that prompts are written for, or finds in `replies` what it wrote for the same one."""

    prompting: Prompting
    replies: Replies | None = None

    def write(
        self, asked: str, hits: Sequence[Hit], *, query: str, instructions: str, history: Sequence[Turn], viewer: Viewer
    ) -> Written:
        """Return what will be written; the model is asked when the first piece is taken.

        Raises:
            PromptTooLong: the model's window is too small for this question.
        """
        marks, engine, key = self.prompting.marks, self.prompting.engine, ""
        # Only for replies that are kept: a model's server is asked which weights it has.
        if self.replies:
            settings = f"{query}\0{instructions}\0{self.prompting.budget}"
            key = reply_key(asked, hits, settings=settings, history=history, viewer=viewer, engine=engine)
            if kept := self.replies.get(key):
                return Written(kept.prompt, [AIMessageChunk(content=kept.text)], marks=marks, kept=True)
        prompt = self.prompting.prompt(asked, hits, query=query, instructions=instructions, history=history)
        messages = engine.chat.stream(prompt.messages)
        return Written(prompt, messages, marks=marks, on_end=lambda written: self._keep(key, written))

    def _keep(self, key: str, written: Written) -> None:
        if self.replies and not written.cut_off:
            self.replies.keep(key, Reply(prompt=written.prompt, text=written.text))
