"""What an answer did, and what it shows: everything that it should not have."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.messages import BaseMessage

from ragkit.answer import Answer
from ragkit.guards.echo import LONGEST_RUN
from tests.hostile import acts

_FENCE = re.compile(r"<<<[0-9a-f]{8}\b|\b[0-9a-f]{8}>>>")
_EFFECTS = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.remove")
_WRITES = re.compile("[wax+]")
_seen: list[str] | None = None


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _seen is None:
        return
    writes = event == "open" and isinstance(args[1], str) and _WRITES.search(args[1])
    if writes or event in _EFFECTS:
        _seen.append(f"{event} {args[0]!r}")


sys.addaudithook(_hook)


@contextmanager
def effects() -> Iterator[list[str]]:
    """Collect what the block does outside of this process, or to its files."""
    global _seen  # noqa: PLW0603 - an audit hook can't be taken away again, only be told to look
    found: list[str] = []
    _seen = found
    try:
        yield found
    finally:
        _seen = None


def shown_wrongly(text: str, prompt: list[BaseMessage]) -> list[str]:
    """Return what of a shown text acts, fences, or repeats the instructions."""
    return [*acts(text), *_FENCE.findall(text), *repeated(str(prompt[0].content), text)]


def repeated(instructions: str, text: str) -> list[str]:
    """Return the runs of words of the instructions, a word longer than may be, that stand in a text."""
    told, said = _words(instructions), f" {' '.join(_words(text))} "
    windows = (" ".join(told[place : place + LONGEST_RUN + 1]) for place in range(len(told) - LONGEST_RUN))
    return [window for window in windows if f" {window} " in said]


def forged(prompt: list[BaseMessage], answer: Answer) -> list[str]:
    """Return what opens or closes a fence in a prompt and is none of the marks around a passage that was shown."""
    text = "\n".join(str(message.content) for message in prompt[1:])
    edges = re.findall(r"<<<\w*|\w*>>>", text)
    marks = [edge.strip("<>") for edge in edges[::2]]
    real = [edge for mark in marks for edge in (f"<<<{mark}", f"{mark}>>>")]
    return edges if edges != real or len(marks) != len(answer.hits) else []


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.casefold()).split()
