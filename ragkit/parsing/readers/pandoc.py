"""What pandoc turns into something that can be read."""

import re
import shutil
import subprocess
from collections import defaultdict

from lxml import html  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Parsed, Unreadable, is_title, title_of
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.readers.markup import parse_html
from ragkit.parsing.readers.odt import for_pandoc as odt_for_pandoc
from ragkit.parsing.readers.rtf import for_pandoc as rtf_for_pandoc

_PANDOC = ("pandoc", "--sandbox", "--standalone", "--to=html")
# What the file says about itself, which pandoc writes as if it were the first thing on its first page.
_TITLE_BLOCK = re.compile(r'<header id="title-block-header">.*?</header>', re.DOTALL)


def read_odt(body: bytes) -> Parsed:
    """Return the text of an OpenDocument text."""
    return _through_pandoc(odt_for_pandoc(body), "odt")


def read_epub(body: bytes) -> Parsed:
    """Return the text of a book."""
    return _through_pandoc(body, "epub")


def read_rtf(body: bytes) -> Parsed:
    """Return the text of a Rich Text file."""
    return _through_pandoc(rtf_for_pandoc(body), "rtf")


def _through_pandoc(body: bytes, name: str) -> Parsed:
    """Return the text by way of HTML. unstructured's own way there needs pypandoc, which adds nothing."""
    if shutil.which("pandoc") is None:
        message = f"needs pandoc to be parsed, as all {name} files; install pandoc (https://pandoc.org)"
        raise Unreadable(message, lacks="pandoc")
    run = subprocess.run([*_PANDOC, f"--from={name}"], input=body, capture_output=True, check=False)
    if run.returncode:
        raise Unreadable(f"is damaged: pandoc can't read it as {name}")
    page = run.stdout.decode("utf-8", "replace")
    found = _TITLE_BLOCK.search(page)
    told = _told(found[0]) if found else {}
    parsed = parse_html(_TITLE_BLOCK.sub("", page, count=1))
    title = told.get("title", "")
    return Parsed(
        blocks=parsed.blocks,
        title=title if is_title(title) else title_of(parsed.blocks),
        metadata={**({"author": told["author"]} if "author" in told else {}), **parsed.metadata},
    )


def _told(block: str) -> dict[str, str]:
    """Return the title, the author and the like, as far as they are told."""
    told = defaultdict[str, list[str]](list)
    for part in html.fragment_fromstring(block):
        told[part.get("class", "")].append(one_line(part.text_content()))
    return {name: ", ".join(values) for name, values in told.items()}
