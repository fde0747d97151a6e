"""`ragkit chat`: a conversation in the terminal."""

from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.cli.terminal import err, out, print_answer, workspace
from ragkit.documents import Viewer
from ragkit.errors import RagkitError
from ragkit.prompts import Turn


def run(*, store: Path | None, assistant: str | None, model: str | None, config: Path | None) -> int:
    """Answer until an empty line, or the end of the input."""
    with workspace(store, config, model=model) as opened:
        speaker = opened.assistant(assistant)
        out.print(Text(speaker.profile.notice, style="dim"))
        history: list[Turn] = []
        while question := _question():
            answer = _answered(speaker, question, history)
            if answer:
                history.append(Turn(question=question, answer=answer.text))
    return 0


def _question() -> str:
    try:
        return out.input("\n[bold]?[/bold] ").strip()
    except EOFError:
        return ""


def _answered(speaker: Assistant, question: str, history: list[Turn]) -> Answer | None:
    try:
        with err.status("thinking"):
            answer = speaker.ask(question, history=history, viewer=Viewer.local())
    except RagkitError as error:
        # The conversation goes on: the next question may be shorter, the server back.
        err.print(Text(f"error: {error}", style="red"))
        return None
    print_answer(answer)
    return answer
