"""Mailboxes in one file, as mail programs export them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ragkit.parsing.blocks import Block, Parsed, Unreadable
from ragkit.parsing.readers.mail import read_eml
from ragkit.parsing.readers.registry import guarded

# The line before each mail. What looks like one within a mail has a mark.
_BETWEEN = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")
_MARKED = re.compile(rb"(?m)^>(>*From )")


def read_mbox(body: bytes) -> Parsed:
    """Return the mails in their order, each below its subject; `mails_unread` counts those that can't be read."""
    blocks: list[Block] = []
    unread, lacks = 0, ""
    mails = [_MARKED.sub(rb"\1", mail) for mail in _BETWEEN.split(body) if mail.strip()]
    for mail in mails:
        try:
            read = guarded(partial(read_eml, depth=1), mail)
        except Unreadable:
            unread += 1
            continue
        blocks.extend(_below(read))
        lacks = lacks or read.lacks
    counts = {"mails": len(mails), "mails_unread": unread}
    return Parsed(blocks=blocks, metadata={name: count for name, count in counts.items() if count}, lacks=lacks)


def _below(mail: Parsed) -> Iterator[Block]:
    yield Block(text=mail.title, kind="heading", page=0)
    for block in mail.blocks:
        yield replace(block, level=block.level + 1) if block.kind == "heading" else block
