"""The two streams of the command line, and what is written on them for people and for scripts."""

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import NoReturn, TextIO

from rich.console import Console
from rich.text import Text

from ragkit.text.invisible import revealed
from ragkit.text.redaction import without_secrets

# JSON may hold them as they are, but a terminal obeys them and no reader sees them.
_UNSEEN = re.compile("[\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")
_LONGEST_ERROR = 1000
# What a shell says of `cat` and `grep` when nobody reads on.
_UNREAD = 141
_WHOLE = 1_000_000


class _Stream(Console):
    """A console that leaves as other tools do when what reads it is gone, such as `head`."""

    def on_broken_pipe(self) -> NoReturn:
        abandon_output()
        raise SystemExit(_UNREAD)


def _width(stream: TextIO | None) -> int | None:
    """Return None for the terminal's width or that of COLUMNS. What reads a pipe or a file wants whole lines."""
    return None if "COLUMNS" in os.environ or (stream and stream.isatty()) else _WHOLE


out = _Stream(highlight=False, markup=False, emoji=False, soft_wrap=True, width=_width(sys.stdout))
err = _Stream(highlight=False, markup=False, emoji=False, soft_wrap=True, width=_width(sys.stderr), stderr=True)


def abandon_output() -> None:
    """Write nothing more to standard output: what is in its buffer would be tried again when Python ends, and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plain(text: str) -> str:
    """Return the text without what a terminal takes for a command, or turns around."""
    # Documents, file names and models' texts hold what they like.
    return revealed(text)


def flat(text: str) -> str:
    """Return the text on one line, without what a terminal takes for a command."""
    return plain(" ".join(text.split()))


def print_wrapped(text: Text, *, indent: int = 0, head: Text | None = None) -> None:
    """Print a text no wider than the console, every line of it indented; the first by `head`, if there is one."""
    margin = Text(" " * indent)
    for line in text.wrap(out, max(20, out.width - indent)):
        line.rstrip()
        out.print((head or margin) + line if line else "")
        head = None


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object, readable by people too."""
    text = _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], json.dumps(value, ensure_ascii=False, indent=2))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        out.on_broken_pipe()


def told(message: str) -> str:
    """Return what went wrong on one line, without the keys and passwords that a setting or an address may hold."""
    return flat(without_secrets(message))


def print_error(message: str) -> None:
    """Print one line on standard error; in red where that is a terminal."""
    line = told(f"error: {message}")
    shown = line if len(line) <= _LONGEST_ERROR else f"{line[:_LONGEST_ERROR]}…"
    err.print(Text(shown, style="red"))
