"""Earlier mails within a mail: what introduces one becomes a heading, so that nobody's words pass for another's."""

import re
from collections.abc import Iterable, Iterator

from ragkit.parsing.blocks import HEADING_LENGTH, Block
from ragkit.parsing.readers.wrapping import unwrapped

_WROTE = "wrote|schrieb|écrit|escribió|scritto|escreveu|skrev|schreef|napisał|kirjoitti|написал|пише|写道"
# "On 4 March Bob <bob@x.org> wrote:", in whatever language; a program may have broken it into two lines.
_SAYS_WHO = re.compile(rf"(?=.*\d)(?=.*(?:@|{_WROTE})).{{10,250}}(?:{_WROTE}|@\S+|>|\d)\s?[:\uff1a]", re.DOTALL)
_SEPARATOR = re.compile(r"-{3,} ?\w[^\n]*\w ?-{3,}|_{20,}")
_FROM = re.compile(r"(?:From|Von|De|Da|Van|Från|Fra|Od|От)\s?:", re.IGNORECASE)
_FIELD = re.compile(r"\*?\w[\w ]{0,14}\s?:")
_LEAST_FIELDS = 3
_QUOTED = re.compile(r"> ?")
_BLANK_LINE = re.compile(r"\n\s*\n")


def parted(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks of a mail, those that introduce an earlier one as headings."""
    for block in blocks:
        yield from _parted(block) if block.kind == "paragraph" else [block]


def blocks_of_text(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a plain mail, and without their marks those of the mails that it quotes at its end.

    Quotations with answers below them stay as they are, since an answer says nothing without what it answers.
    """
    while text:
        lines = text.split("\n")
        own = len(lines)
        while own and (not lines[own - 1].strip() or _QUOTED.match(lines[own - 1])):
            own -= 1
        paragraphs = _BLANK_LINE.split(unwrapped("\n".join(lines[:own]).rstrip()))
        yield from (Block(text=paragraph) for paragraph in paragraphs if paragraph)
        text = "\n".join(_QUOTED.sub("", line, count=1) for line in lines[own:]).strip()


def _parted(block: Block) -> Iterator[Block]:
    first, *rest = block.text.strip().split("\n")
    lines = rest if rest and _SEPARATOR.fullmatch(first) else [first, *rest]
    if _FROM.match(lines[0]) and sum(map(bool, map(_FIELD.match, lines))) >= _LEAST_FIELDS:
        # Who and when; the list of all who got it may be long.
        yield Block(text="\n".join(lines[:2]), kind="heading")
        yield Block(text="\n".join(lines[2:]))
    elif len(block.text) <= HEADING_LENGTH and (_SAYS_WHO.fullmatch(block.text) or _SEPARATOR.fullmatch(block.text)):
        yield Block(text=block.text, kind="heading")
    else:
        yield block
