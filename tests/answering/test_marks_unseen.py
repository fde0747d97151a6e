"""The marks that fence passages in a prompt never reach the reader, whatever a model copies."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from ragkit import Answer, Viewer
from ragkit.guards.echo import LEFT_OUT
from ragkit.testing import ScriptedChat
from tests.workspaces import filled

QUESTION = "How long does a refund take?"


class Copying(ScriptedChat):
    """Writes the mark of the first passage for "MARK", letter by letter."""

    def __init__(self, *replies: str) -> None:
        super().__init__(*replies)

    @property
    def mark(self) -> str:
        return str(re.findall("<<<([0-9a-f]{8})", str(self.asked[-1][-1].content))[0])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        reply = self._next(messages)
        for letter in reply.replace("MARK", self.mark).replace("SHOUTED", self.mark.upper()):
            yield ChatGenerationChunk(message=AIMessageChunk(content=letter))


def asked(folder: Path, reply: str) -> tuple[str, str, Answer]:
    """Return the mark of a passage, what was streamed, and the checked answer."""
    chat = Copying(reply)
    with filled(folder / "store", chat=chat) as opened:
        *texts, answer = opened.assistant("support").stream(QUESTION, viewer=Viewer.local())
    assert isinstance(answer, Answer)
    return chat.mark, "".join(map(str, texts)), answer


@pytest.mark.parametrize("word", ["MARK", "SHOUTED", "(MARK)", "xMARKx", "<<<MARK", "MARK>>>"])
def test_a_mark_is_neither_streamed_nor_answered(tmp_path: Path, word: str) -> None:
    """Broken on purpose: without `marks` in `Written.pieces` it is streamed, without it in `harmless` answered."""
    mark, streamed, answer = asked(tmp_path, f"A refund takes five working days [1]. The hall has {word}.")

    everything = f"{streamed} {answer.text} {answer.dropped} {[each.sentence for each in answer.citations]}"
    assert mark not in everything.lower()
    assert "five working days" in answer.text


def test_a_sentence_that_lost_a_mark_is_not_borne_out(tmp_path: Path) -> None:
    """Broken on purpose: let `_is_cut` of ragkit.answering.checking return False, and it is cited as verbatim."""
    _, streamed, answer = asked(tmp_path, "A refund takes MARK five working days [1].")

    assert LEFT_OUT in streamed
    assert (answer.refusal, [each.verdict for each in answer.citations]) == ("uncited", ["unsupported"])
