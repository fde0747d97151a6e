"""What pandoc turns into something that can be read."""

import shutil
import subprocess

from ragkit.parsing.blocks import Parsed, Unreadable, is_title
from ragkit.parsing.readers.markup import parse_html

_PANDOC = ("pandoc", "--sandbox", "--standalone", "--to=html")


def read_odt(body: bytes) -> Parsed:
    """Return the text of an OpenDocument text."""
    return _through_pandoc(body, "odt")


def read_epub(body: bytes) -> Parsed:
    """Return the text of a book."""
    return _through_pandoc(body, "epub")


def read_rtf(body: bytes) -> Parsed:
    """Return the text of a Rich Text file."""
    return _through_pandoc(body, "rtf")


def _through_pandoc(body: bytes, name: str) -> Parsed:
    """Return the text by way of HTML. unstructured's own way there needs pypandoc, which adds nothing."""
    if shutil.which("pandoc") is None:
        message = f"needs pandoc to be parsed, as all {name} files; install pandoc (https://pandoc.org)"
        raise Unreadable(message, lacks="pandoc")
    run = subprocess.run([*_PANDOC, f"--from={name}"], input=body, capture_output=True, check=False)
    if run.returncode:
        raise Unreadable(f"is damaged: pandoc can't read it as {name}")
    parsed = parse_html(run.stdout.decode("utf-8", "replace"))
    return parsed if is_title(parsed.title) else Parsed(blocks=parsed.blocks, metadata=parsed.metadata)
