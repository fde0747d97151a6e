"""An answer on its way: what a model writes is shown while it is written, and gives way to what was checked."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from ragkit.answer import Answer
from ragkit.cli.console import err, plain
from ragkit.errors import RagkitError


def checked(pieces: Iterator[str | Answer]) -> Answer:
    """Return the answer of a stream. Where standard error is a terminal, the draft is to be seen there until then."""
    draft = _Draft()
    with Live(draft, console=err, transient=True, redirect_stdout=False, redirect_stderr=False):
        for piece in pieces:
            if isinstance(piece, Answer):
                return piece
            draft.text += piece
    raise RagkitError("the stream of an answer ended without the answer")


class _Draft:
    """The last lines of a draft, as many as the terminal has room for."""

    def __init__(self) -> None:
        self.text = ""
        self._waiting = Spinner("dots", "thinking")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines; before there is a word, that it thinks."""
        if not self.text:
            yield self._waiting
            return
        lines = Text(plain(self.text), style="dim").wrap(console, options.max_width)
        yield Text("\n").join(lines[1 - console.height :])
