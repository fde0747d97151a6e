"""From lines on pages to headings and paragraphs."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ragkit.parsing.blocks import HEADING_LENGTH, Block, is_contents, table
from ragkit.parsing.readers.pdf_tables import Cell, begins_table, stretches
from ragkit.text.sentences import sentences

HYPHEN = "\x02"
"""How PDFium writes a hyphen at the end of a line."""

CELL_GAP = 1.0
"""How wide a gap between two cells of a table is, at least, by the size of the letters."""

_EDGE = 2
_REPEATED_PAGES = 3
_REPEATED_SHARE = 0.5
_FIXED_SHARE = 0.2
# Points.
_SAME_HEIGHT = 3
_FOLIOS = (re.compile(r"^(\d{1,4})\b"), re.compile(r"\b(\d{1,4})$"))
_BIGGER = 1.12
_HEADING_LINES = 3
_DEEPEST = 6
_BOLD_SHARE = 0.4
_PARAGRAPH_GAP = 1.35
_LETTER_WIDTH = 0.6
_RAGGED = 4
# A line of so many numbers, which are most of it, is a row of a table.
_FIGURES, _FIGURES_SHARE = 3, 2 / 3
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"([^\W\d_]+)[-\x02]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = (".", "!", "?", ":", "\u3002", "\uff01", "\uff1f")
_ITEM = re.compile(r"([•▪◦‣●■○\uf0b7]|[-\u2013*](?=\s)|\(?\d{1,3}[.)](?=\s)|\d+(\.\d+)+(?=\s)|\([a-z]{1,3}\)(?=\s))\s*")
_BULLET = re.compile(r"[•▪◦‣●■○\uf0b7]\s*|[-\u2013*]\s+")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a page, in points; `baseline` grows upwards. It may end in HYPHEN. Wide gaps part its `cells`."""

    text: str
    size: float
    bold: bool
    left: float
    right: float
    baseline: float
    page: int
    cells: tuple[Cell, ...]

    def continues_as(self, other: "Line") -> bool:
        """Tell whether the other stands to the right on the same line."""
        level = abs(self.baseline - other.baseline) < max(self.size, other.size) / 2
        return level and other.left >= self.right - self.size / 2 and not self.text.endswith(HYPHEN)

    def joined(self, other: "Line") -> "Line":
        """Return both as one; the longer part decides on size and weight."""
        main = self if len(self.text) >= len(other.text) else other
        gap = other.left - self.right
        space = " " if gap > main.size / 6 else ""
        return replace(
            main,
            text=self.text + space + other.text,
            left=self.left,
            right=other.right,
            bold=self.bold and other.bold,
            cells=self.cells + other.cells if gap > CELL_GAP * main.size else _one_cell(self.cells, other.cells, space),
        )


def _one_cell(before: tuple[Cell, ...], after: tuple[Cell, ...], space: str) -> tuple[Cell, ...]:
    last, first = before[-1], after[0]
    middle = Cell(text=last.text + space + first.text, left=last.left, right=first.right)
    return (*before[:-1], middle, *after[1:])


def layout(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """Return the blocks of all pages, without the running headers, footers and page numbers."""
    kept = _without_repeated(pages)
    lines = [line for page in kept for line in page]
    if not lines:
        return layout_plain(pages)
    body = _body_size(lines)
    grouped = [list(_parts(page, body)) for page in kept]
    tables = {id(group): table(rows, page=group[0].page) for page in grouped for group, rows in page if rows}
    groups = [group for page in grouped for group, _ in page]
    running = [group for group in groups if id(group) not in tables]
    words = frozenset(_whole_words(lines))
    levels = _levels(running, body)
    blocks = tables | {id(group): _block(group, levels.get(id(group)), words) for group in running}
    for before, after in _broken([[group for group, _ in page] for page in grouped], levels.keys() | tables.keys()):
        blocks[id(before)], blocks[id(after)] = _mended(blocks[id(before)], blocks[id(after)], words)
    return [blocks[id(group)] for group in groups]


def layout_plain(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """Return each page as one block, line by line."""
    return [Block(text="\n".join(line.text for line in page), page=page[0].page) for page in pages if page]


def _without_repeated(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    filled = [page for page in pages if page]
    edges = [_edges(page) for page in filled]
    running = _repeated(edges) | _numbered(edges)
    return [
        # The header of a table may be said again on each page, and its rows are nothing without it.
        [line for place, line in enumerate(page) if id(line) not in running or begins_table(page[place:])]
        for page in filled
    ]


def _repeated(pages: Sequence[Sequence[Line]]) -> set[int]:
    """Return the ids of the lines that most pages have, but for their numbers, or a few have at the same height."""
    anywhere = Counter(key for page in pages for key in {_key(line) for line in page})
    fixed = Counter(key for page in pages for key in {(_key(line), _height(line)) for line in page})
    most, some = _REPEATED_SHARE * len(pages), _FIXED_SHARE * len(pages)
    # A line that is but a number needs no majority: chapters begin on pages without one.
    return {
        id(line)
        for page in pages
        for line in page
        if anywhere[_key(line)] >= max(_REPEATED_PAGES, 0 if not _WORD.search(_key(line)) else most)
        or fixed[_key(line), _height(line)] >= max(_REPEATED_PAGES, some)
    }


def _numbered(pages: Sequence[Sequence[Line]]) -> set[int]:
    """Return the ids of the lines that begin or end with the number of their page, each at the same height.

    Beside it stands the name of the chapter, which changes.
    """
    found = [(line, line.page - number, _height(line)) for page in pages for line in page for number in _folios(line)]
    counts = Counter((shift, height) for _, shift, height in found)
    least = max(_REPEATED_PAGES, _FIXED_SHARE * len(pages))
    return {id(line) for line, shift, height in found if counts[shift, height] >= least}


def _folios(line: Line) -> set[int]:
    return {int(found[1]) for pattern in _FOLIOS if (found := pattern.search(line.text))}


def _height(line: Line) -> int:
    return round(line.baseline / _SAME_HEIGHT)


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


def _parts(page: Sequence[Line], body: float) -> Iterator[tuple[list[Line], list[list[str]]]]:
    """Yield the lines of each paragraph, heading and table, and with the latter its rows."""
    steps = [above.baseline - below.baseline for above, below in pairwise(page)]
    for lines, rows in stretches(page):
        leading = median([step for step in steps if step > 0] or [lines[0].size])
        yield from [(lines, rows)] if rows else ((group, []) for group in _groups(lines, body, leading))


def _groups(lines: Sequence[Line], body: float, leading: float) -> Iterator[list[Line]]:
    group = [lines[0]]
    for line in lines[1:]:
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
    return (ended and line.left - last.left > line.size / 2) or _broke_early(group, line, ended=ended)


def _broke_early(group: list[Line], line: Line, *, ended: bool) -> bool:
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
    levels = {id(group): _level(group, sizes) for group in bigger}
    return levels | {id(group): min(len(sizes) + 1, _DEEPEST) for group in bold}


def _level(group: list[Line], sizes: Sequence[float]) -> int:
    # Its letters are those of a chapter or larger, and nothing but its own lines stands below it.
    return _DEEPEST if is_contents(group[0].text) else min(sizes.index(group[0].size) + 1, _DEEPEST)


def _may_be_heading(group: list[Line]) -> bool:
    words = [_WORD.search(word) for line in group for word in line.text.split()]
    says = any(words) and words.count(None) < max(_FIGURES, _FIGURES_SHARE * len(words))
    return says and len(group) <= _HEADING_LINES and sum(len(line.text) + 1 for line in group) <= HEADING_LENGTH


def _may_be_bold_heading(group: list[Line]) -> bool:
    stands_out = group[0].bold and not group[-1].text.endswith((*_SENTENCE_END, ",", ";"))
    return stands_out and _may_be_heading(group)


def _broken(pages: Sequence[Sequence[list[Line]]], apart: Container[int]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Yield the paragraphs that a page breaks, each with what it goes on with. Below it there may be footnotes."""
    for page, following in pairwise(page for page in pages if page):
        after = following[0]
        before = next((group for group in reversed(page) if group[-1].size >= after[0].size), page[-1])
        if not (id(before) in apart or id(after) in apart) and _goes_on(before, after[0]):
            yield before, after


def _goes_on(group: list[Line], line: Line) -> bool:
    """Tell whether a paragraph goes on with this line of another page. Prose that does begins with a small letter."""
    if group[-1].text.endswith(_SENTENCE_END) or abs(group[-1].size - line.size) > 1 or _ITEM.match(line.text):
        return False
    return line.text[:1].islower() and not _broke_early(group, line, ended=False)


def _mended(before: Block, after: Block, words: frozenset[str]) -> tuple[Block, Block]:
    """Return both blocks with the whole of the sentence between them on the page where it begins."""
    text = _join(before.text, after.text, words)
    end = next(span.end for span in sentences(text) if span.end > len(before.text))
    return replace(before, text=text[:end]), replace(after, text=text[end:].lstrip())


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
