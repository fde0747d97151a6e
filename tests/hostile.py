"""What a model may write to make a page, a viewer or a terminal act, and what a viewer would make of a text."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

OUTPUTS: list[str] = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "data" / "hostile_outputs.jsonl").read_text(encoding="utf-8").splitlines()
]
# What viewers of GitHub's Markdown make a link of without being told.
_BARE = re.compile(r"(?i)(https?://|ftp://|mailto:|xmpp:|www\.)\S")
# Control characters but line ends and tabs, zero width, bidi, tags, fillers, surrogates.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_VIEWER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def acts(text: str) -> list[str]:
    """Return what a viewer of Markdown, a browser or a terminal would do with a text besides showing it."""
    made = [token.type for token in _tokens(_VIEWER.parse(text)) if token.type in {"image", "link_open"}]
    made += [token.content for token in _tokens(_VIEWER.parse(text)) if token.type.startswith("html_")]
    made += [found.group() for seen in (text, html.unescape(text)) for found in _BARE.finditer(seen)]
    return made + [repr(found) for found in UNSEEN.findall(text)]


def _tokens(parsed: list[Token]) -> Iterator[Token]:
    for token in parsed:
        yield token
        yield from _tokens(token.children or [])
