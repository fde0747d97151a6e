"""From lines on pages to headings and paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ragkit.parsing.blocks import HEADING_LENGTH, Block

HYPHEN = "\x02"
"""How PDFium writes a hyphen at the end of a line."""

_EDGE = 2
_REPEATED_PAGES = 3
_REPEATED_SHARE = 0.5
_BIGGER = 1.12
_HEADING_LINES = 3
_DEEPEST = 6
_BOLD_SHARE = 0.4
_PARAGRAPH_GAP = 1.35
_LETTER_WIDTH = 0.6
_RAGGED = 4
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"([^\W\d_]+)[-\x02]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = (".", "!", "?", ":", "\u3002", "\uff01", "\uff1f")
_ITEM = re.compile(r"([•▪◦‣●■○\uf0b7]|[-\u2013*](?=\s)|\(?\d{1,3}[.)](?=\s)|\d+(\.\d+)+(?=\s)|\([a-z]{1,3}\)(?=\s))\s*")
_BULLET = re.compile(r"[•▪◦‣●■○\uf0b7]\s*|[-\u2013*]\s+")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a page, in points; `baseline` grows upwards. It may end in HYPHEN."""

    text: str
    size: float
    bold: bool
    left: float
    right: float
    baseline: float
    page: int

    def continues_as(self, other: "Line") -> bool:
        """Tell whether the other stands to the right on the same line."""
        level = abs(self.baseline - other.baseline) < max(self.size, other.size) / 2
        return level and other.left >= self.right - self.size / 2 and not self.text.endswith(HYPHEN)

    def joined(self, other: "Line") -> "Line":
        """Return both as one; the longer part decides on size and weight."""
        main = self if len(self.text) >= len(other.text) else other
        space = " " if other.left - self.right > main.size / 6 else ""
        return replace(
            main, text=self.text + space + other.text, left=self.left, right=other.right, bold=self.bold and other.bold
        )


def layout(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """Return the blocks of all pages, without the running headers, footers and page numbers."""
    kept = _without_repeated(pages)
    lines = [line for page in kept for line in page]
    if not lines:
        return layout_plain(pages)
    body = _body_size(lines)
    groups = [group for page in kept for group in _groups(page, body)]
    words = frozenset(_whole_words(lines))
    levels = _levels(groups, body)
    return [_block(group, levels.get(id(group)), words) for group in groups]


def layout_plain(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """Return each page as one block, line by line."""
    return [Block(text="\n".join(line.text for line in page), page=page[0].page) for page in pages if page]


def _without_repeated(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    filled = [page for page in pages if page]
    seen = Counter(key for page in filled for key in {_key(line) for line in _edges(page)})
    most = _REPEATED_SHARE * len(filled)
    # A line that is but a number needs no majority: chapters begin on pages without one.
    repeated = {
        key for key, count in seen.items() if count >= _REPEATED_PAGES and (count >= most or not _WORD.search(key))
    }
    return [_body(page, repeated) for page in filled]


def _body(page: Sequence[Line], repeated: set[str]) -> list[Line]:
    dropped = {id(line) for line in _edges(page) if _key(line) in repeated}
    return [line for line in page if id(line) not in dropped]


def _edges(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.baseline)
    return by_height[:_EDGE] + by_height[_EDGE:][-_EDGE:]


def _key(line: Line) -> str:
    return _NUMBER.sub("#", line.text.lower())


def _body_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _whole_words(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the words that no line end has broken."""
    broken = False
    for line in lines:
        found = [word.lower() for word in _WORD.findall(line.text)]
        ends_broken = _LAST_WORD.search(line.text) is not None
        yield from found[broken : len(found) - ends_broken]
        broken = ends_broken


def _groups(page: Sequence[Line], body: float) -> Iterator[list[Line]]:
    if not page:
        return
    steps = [above.baseline - below.baseline for above, below in pairwise(page)]
    leading = median([step for step in steps if step > 0] or [page[0].size])
    group = [page[0]]
    for line in page[1:]:
        if _differs(group[-1], line, body) or _begins(group, line, leading):
            yield group
            group = []
        group.append(line)
    yield group


def _begins(group: list[Line], line: Line, leading: float) -> bool:
    """Tell whether a new paragraph begins with this line, which looks like those of the group."""
    last = group[-1]
    ended = last.text.endswith(_SENTENCE_END)
    step = last.baseline - line.baseline
    if _ITEM.match(line.text) or step > max(_PARAGRAPH_GAP * leading, 1.5 * line.size):
        return True
    if step <= 0:
        return ended or not line.text[:1].islower()
    return (ended and line.left - last.left > line.size / 2) or _broke_early(group, line, ended)


def _broke_early(group: list[Line], line: Line, ended: bool) -> bool:
    """Tell whether the next word would have fitted on the last line, so that the line was ended on purpose."""
    if group[-1].text.endswith(("-", HYPHEN)):
        return False
    spare = max(line.right, *(other.right for other in group)) - group[-1].right
    word = line.text.split(maxsplit=1)[0]
    return spare > line.size * (len(word) * _LETTER_WIDTH + (1 if ended else _RAGGED))


def _differs(last: Line, line: Line, body: float) -> bool:
    if abs(last.size - line.size) > 1:
        return True
    return last.bold != line.bold and min(last.size, line.size) < _BIGGER * body


def _levels(groups: Sequence[list[Line]], body: float) -> dict[int, int]:
    """Return the level of each group that is a heading, by its id; bigger letters are further out."""
    bigger = [group for group in groups if group[0].size >= _BIGGER * body and _may_be_heading(group)]
    bold = [group for group in groups if body <= group[0].size < _BIGGER * body and _may_be_bold_heading(group)]
    if len(bold) > _BOLD_SHARE * len(groups):
        bold = []
    sizes = sorted({group[0].size for group in bigger}, reverse=True)
    levels = {id(group): min(sizes.index(group[0].size) + 1, _DEEPEST) for group in bigger}
    return levels | {id(group): min(len(sizes) + 1, _DEEPEST) for group in bold}


def _may_be_heading(group: list[Line]) -> bool:
    length = sum(len(line.text) + 1 for line in group)
    has_word = any(_WORD.search(line.text) for line in group)
    return has_word and len(group) <= _HEADING_LINES and length <= HEADING_LENGTH


def _may_be_bold_heading(group: list[Line]) -> bool:
    stands_out = group[0].bold and not group[-1].text.endswith((*_SENTENCE_END, ",", ";"))
    return stands_out and _may_be_heading(group)


def _block(group: list[Line], level: int | None, words: frozenset[str]) -> Block:
    text = group[0].text
    for line in group[1:]:
        text = _join(text, line.text, words)
    text = text.replace(HYPHEN, "-")
    if level:
        return Block(text=text, kind="heading", level=level, page=group[0].page)
    bullet = _BULLET.match(text)
    if bullet and bullet.end() < len(text):
        return Block(text=text[bullet.end() :], kind="item", page=group[0].page)
    return Block(text=text, page=group[0].page)


def _join(text: str, following: str, words: frozenset[str]) -> str:
    before, after = _LAST_WORD.search(text), _FIRST_WORD.match(following)
    if not before or not after:
        return f"{text} {following}"
    if _is_one_word(before.group(1).lower(), after.group(), words):
        return text[:-1] + following
    return f"{text[:-1]}-{following}"


def _is_one_word(head: str, tail: str, words: frozenset[str]) -> bool:
    """Tell whether a hyphen at the end of a line only breaks a word, by the other words of the document."""
    if not tail[0].islower():
        return False
    return head + tail.lower() in words or (head not in words and tail.lower() not in words)
