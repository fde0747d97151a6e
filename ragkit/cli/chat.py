"""`ragkit chat`: a conversation in the terminal."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.answering.followups import turn_of
from ragkit.assistant import Assistant
from ragkit.cli.console import err, out, plain, print_error, print_wrapped
from ragkit.cli.draft import checked
from ragkit.cli.main import hear_again
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.terminal import print_answer, print_suggestions
from ragkit.documents import Viewer
from ragkit.errors import RagkitError
from ragkit.parts import prepare_in_background
from ragkit.prompting.conversation import Turn

with suppress(ImportError):
    # Arrow keys and earlier questions at the prompt; Windows has its own.
    import readline

    # Lines that are pasted together are one question. Python turns that off, for terminals that don't know it.
    if sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        readline.parse_and_bind("set enable-bracketed-paste on")

_HELP = "/new begins another conversation, /bye ends it."
_BYE = {"/bye", "/exit", "/quit", "exit", "quit"}


def run(*, store: Path | None, assistant: str | None, model: str | None, config: Path | None) -> int:
    """Answer until that is asked to end, or the input ends."""
    with workspace(store, config, model=model) as opened:
        assistant = assistant or opened.config.assistant.default
        require_documents(opened, assistant)
        speaker = opened.assistant(assistant)
        prepare_in_background(opened.prepare)
        print_wrapped(Text(f"{speaker.profile.notice} {_HELP}", style="dim"))
        _talk(speaker, viewer=opened.store.owner)
    return 0


def _talk(speaker: Assistant, *, viewer: Viewer) -> None:
    history: list[Turn] = []
    while (typed := _typed()) not in _BYE:
        if typed == "/new":
            history.clear()
            out.print(Text("A new conversation.", style="dim"))
        elif typed.startswith("/") and not set(typed[1:]) & set("/ "):
            err.print(f"{typed!r} means nothing here. {_HELP}")
        elif typed and (answer := _answered(speaker, typed, history, viewer=viewer)):
            history.append(turn_of(answer))


def _typed() -> str:
    out.print()
    try:
        typed = input("? ").strip()
    except EOFError:
        out.print()
        return "/bye"
    except KeyboardInterrupt:
        out.print()
        raise
    if not sys.stdin.isatty():
        # The questions of a file, so that the answers below them can be read.
        out.print(Text(plain(typed)))
    return typed


def _answered(speaker: Assistant, question: str, history: list[Turn], *, viewer: Viewer) -> Answer | None:
    try:
        answer = checked(speaker.stream(question, history=history, viewer=viewer))
    except RagkitError as error:
        # The conversation goes on: the next question may be shorter, the server back.
        print_error(str(error))
        return None
    except KeyboardInterrupt:
        err.print("Stopped before it was answered.")
        return None
    finally:
        hear_again()
    print_answer(answer)
    if answer.refusal is None:
        print_suggestions(answer)
    return answer
