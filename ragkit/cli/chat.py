"""`ragkit chat`: a conversation in the terminal."""

import sys
from contextlib import suppress
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.answering.followups import turn_of
from ragkit.assistant import Assistant
from ragkit.cli.console import err, out, plain, print_error, print_wrapped
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.terminal import print_answer, print_suggestions
from ragkit.documents import Viewer
from ragkit.errors import RagkitError
from ragkit.parts import prepare_in_background
from ragkit.prompting.conversation import Turn

with suppress(ImportError):
    import readline  # noqa: F401 - arrow keys and earlier questions at the prompt; Windows has its own


def run(*, store: Path | None, assistant: str | None, model: str | None, config: Path | None) -> int:
    """Answer until an empty line, or the end of the input."""
    with workspace(store, config, model=model) as opened:
        assistant = assistant or opened.config.assistant.default
        require_documents(opened, assistant)
        speaker = opened.assistant(assistant)
        prepare_in_background(opened.prepare)
        print_wrapped(Text(f"{speaker.profile.notice} An empty line ends the conversation.", style="dim"))
        history: list[Turn] = []
        while question := _question():
            answer = _answered(speaker, question, history, viewer=opened.store.owner)
            if answer:
                history.append(turn_of(answer))
    return 0


def _question() -> str:
    out.print()
    try:
        question = input("? ").strip()
    except EOFError:
        out.print()
        return ""
    except KeyboardInterrupt:
        out.print()
        raise
    if not sys.stdin.isatty():
        # The questions of a file, so that the answers below them can be read.
        out.print(Text(plain(question)))
    return question


def _answered(speaker: Assistant, question: str, history: list[Turn], *, viewer: Viewer) -> Answer | None:
    try:
        with err.status("thinking"):
            answer = speaker.ask(question, history=history, viewer=viewer)
    except RagkitError as error:
        # The conversation goes on: the next question may be shorter, the server back.
        print_error(str(error))
        return None
    print_answer(answer)
    if answer.refusal is None:
        print_suggestions(answer)
    return answer
