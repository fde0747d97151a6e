"""Document to chunks: exact spans, each below one heading, each within the embedder's window with its headings."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import attrgetter

import numpy as np

from ragkit.documents import PATH, Chunk, Document, Section, names_above
from ragkit.text.pauses import PARAGRAPH, WORD, Span, sentences, word_end
from ragkit.text.tables import tables

CHUNKER = "heading-3"
"""The version of the rules below. Other rules make other chunks, so a store's fingerprint holds it."""

CountTokens = Callable[[str], int]
# What it costs to end a chunk at each pause, beside the squared share by which the chunk misses its size.
_PENALTY = (0.0, 0.02, 0.05, 0.5)
_LONE_HEADING = 1000.0
_TOO_LONG = 1_000_000.0
_PARTS = 4
# A token that stands for more letters than these stands for none of them, such as BERT's [UNK].
_LETTERS = 16


def embedded_text(chunk: Chunk) -> str:
    """Return what is embedded for a chunk: title, headings and text, without the names that the text begins with."""
    return _embedded(chunk.title, chunk.heading, chunk.text)


def chunk_document(document: Document, *, window: int, count_tokens: CountTokens) -> list[Chunk]:
    """Return the chunks in order; together they hold every character that is not white space, once.

    `count_tokens(embedded_text(chunk)) <= window` for each of them, where `count_tokens` also counts what the
    embedder adds by itself. A chunk stays within one section, but a heading that has only sections below it goes
    with the first of them. What begins within a table has the names of its columns for its innermost heading. Where
    title and headings would take more than half of the window, the chunk has fewer headings, outermost first to go, and
    at last a shorter title than the document. No text, no chunks.

    Example:
        >>> from ragkit.documents import Document
        >>> note = Document(uri="a", text="Rent is due. Pay it.", source="files", revision="1", title="")
        >>> [chunk.text for chunk in chunk_document(note, window=3, count_tokens=lambda text: len(text.split()))]
        ['Rent is due.', 'Pay it.']
    """
    chunks: list[Chunk] = []
    for stretch in _stretches(document):
        cutter = _Cutter(document, stretch, window=window, count_tokens=count_tokens)
        for start, end in cutter.spans():
            chunks.append(cutter.chunk(start, end, ordinal=len(chunks)))
    return chunks


def _embedded(title: str, heading: str, text: str) -> str:
    prefix = _prefix(title, heading, text)
    return f"{prefix}\n\n{text}" if prefix else text


def _prefix(title: str, heading: str, text: str) -> str:
    kept = names_above(title, heading, text)
    if title and kept[:1] == [title]:
        return "\n".join(filter(None, (title, PATH.join(kept[1:]))))
    return PATH.join(kept)


@dataclass(frozen=True)
class _Stretch:
    """What is cut as one: a section, from `start` on. Its headings end at `body`."""

    section: Section
    start: int
    body: int


def _stretches(document: Document) -> Iterator[_Stretch]:
    waiting: _Stretch | None = None
    for section in document.sections or (Section(heading="", start=0, end=len(document.text)),):
        start = section.start
        if waiting and _is_below(section, waiting.section):
            start = waiting.start
        elif waiting:
            yield waiting
        own = section.heading.rpartition(PATH)[2]
        begins = bool(own) and document.text.startswith(own, section.start)
        stretch = _Stretch(section, start, section.start + len(own) if begins else section.start)
        is_bare = begins and not document.text[stretch.body : section.end].strip()
        waiting = stretch if is_bare else None
        if not is_bare:
            yield stretch
    if waiting:
        yield waiting


def _is_below(lower: Section, upper: Section) -> bool:
    return lower.page == upper.page and lower.heading.startswith(upper.heading + PATH)


@dataclass(frozen=True)
class _Piece:
    """A span that stays whole, the white space after it included; `boundary` is what ends it.

    A chunk that begins with it has `over` more tokens than others: the names of the columns.
    """

    start: int
    end: int
    tokens: int
    boundary: int
    over: int = 0


@dataclass(frozen=True)
class _Names:
    """Title and headings over a chunk."""

    title: str
    heading: str


class _Cutter:
    """Cuts one stretch of a document."""

    def __init__(self, document: Document, stretch: _Stretch, *, window: int, count_tokens: CountTokens) -> None:
        self._document = document
        self._stretch = stretch
        self._text = document.text
        self._window = window
        self._count = count_tokens
        self._added = count_tokens("")
        self._tables = [table for table in tables(self._text, stretch.start, stretch.section.end) if table.names]
        self._names = {columns: self._named(columns) for columns in {"", *(table.names for table in self._tables)}}

    def spans(self) -> Iterator[Span]:
        """Yield the spans of the chunks in order."""
        return self._cut(self._trim(self._stretch.start, self._stretch.section.end))

    def chunk(self, start: int, end: int, *, ordinal: int) -> Chunk:
        """Return the chunk of a span."""
        names = self._names_over(start)
        return Chunk(
            document_id=self._document.id,
            ordinal=ordinal,
            text=self._text[start:end],
            start=start,
            end=end,
            uri=self._document.uri,
            title=names.title,
            heading=names.heading,
            page=self._stretch.section.page,
            metadata=self._document.metadata,
        )

    def _named(self, columns: str) -> _Names:
        """Return the names over what begins below the names of these columns, cut to half of the window."""
        headings = filter(None, (self._stretch.section.heading, columns))
        title, path = self._document.title, PATH.join(headings).split(PATH)
        while 2 * self._count(_prefix(title, PATH.join(path), "")) > self._window and (title or path):
            if path:
                path = path[1:]
            else:
                title = title[: len(title) // 2]
        return _Names(title, PATH.join(path))

    @cached_property
    def _bare(self) -> dict[_Names, int]:
        """How many tokens the names are without any text; what is not cut needs none of them."""
        return {names: self._count(_embedded(names.title, names.heading, "")) for names in self._names.values()}

    def _names_over(self, start: int) -> _Names:
        if not self._tables:
            return self._names[""]
        place = bisect_right(self._tables, start, key=attrgetter("body"))
        table = self._tables[place - 1] if place else None
        return self._names[table.names if table and start < table.end else ""]

    def _trim(self, start: int, end: int) -> Span:
        text = self._text[start:end]
        return start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())

    def _fits(self, span: Span) -> bool:
        if span[1] - span[0] > _LETTERS * self._window:
            return False
        names = self._names_over(span[0])
        return self._count(_embedded(names.title, names.heading, self._text[slice(*span)])) <= self._window

    def _cut(self, span: Span, room: int = 0) -> Iterator[Span]:
        start, end = span
        if start >= end:
            return
        if end - start == 1 or self._fits(span):
            yield span
            return
        room = room or max(1, self._window - self._bare[self._names[""]])
        pieces = self._with_heading(list(self._pieces(start, end, PARAGRAPH, room)), room)
        parts = [self._trim(*packed) for packed in _pack(pieces, room, headings=self._headings(pieces))]
        if len(parts) == 1 and not self._fits(parts[0]):
            middle = (start + end) // 2
            parts = [self._trim(start, middle), self._trim(middle, end)]
        for part in parts:
            # The sum over the pieces is close, but only the count of the whole chunk is sure.
            if part[0] < part[1] and self._fits(part):
                yield part
            else:
                yield from self._cut(part, max(1, room * 3 // 4))

    def _pieces(self, start: int, end: int, boundary: int, room: int) -> Iterator[_Piece]:
        for left, right, inner in sentences(self._text, start, end, boundary):
            tokens = self._tokens(left, right)
            over = self._bare[self._names_over(left)] - self._bare[self._names[""]] if self._tables else 0
            piece, left_over = _Piece(left, right, tokens, inner, over), max(1, room - over)
            if tokens <= left_over:
                yield piece
            else:
                yield from self._parts(piece, _PARTS * math.ceil(tokens / left_over), left_over)

    def _parts(self, piece: _Piece, count: int, room: int) -> Iterator[_Piece]:
        """Yield about `count` parts of equal length, cut between words where there are some."""
        length = max(1, math.ceil((piece.end - piece.start) / count))
        start = piece.start
        while start < piece.end:
            end = min(piece.end, word_end(self._text, start, start + length))
            boundary = piece.boundary if end == piece.end else WORD
            part = _Piece(start, end, self._tokens(start, end), boundary, piece.over)
            if part.tokens > room and end - start > 1:
                yield from self._parts(part, 2, room)
            else:
                yield part
            start = end

    def _with_heading(self, pieces: list[_Piece], room: int) -> list[_Piece]:
        """Make the first piece of the body small enough to stand in one chunk with the headings."""
        first = self._headings(pieces)
        left = room - sum(piece.tokens for piece in pieces[:first])
        if not 0 < first < len(pieces) or left < 1 or pieces[first].tokens <= left:
            return pieces
        count = 2 * math.ceil(pieces[first].tokens / left)
        return [*pieces[:first], *self._parts(pieces[first], count, left), *pieces[first + 1 :]]

    def _headings(self, pieces: Sequence[_Piece]) -> int:
        """Return how many pieces at the start hold nothing but headings."""
        body = self._stretch.body
        is_body = (bool(self._text[max(body, piece.start) : piece.end].strip()) for piece in pieces)
        return next((index for index, found in enumerate(is_body) if found), len(pieces))

    def _tokens(self, start: int, end: int) -> int:
        # At least one, so that no number of pieces without tokens fits a chunk.
        return max(1, (end - start) // _LETTERS, self._count(self._text[start:end]) - self._added)


def _pack(pieces: Sequence[_Piece], room: int, *, headings: int) -> list[Span]:
    """Return the best spans of at most `room` tokens: of like size, and ended where the text makes a pause.

    Dynamic programming: `costs[n]` is the least cost of packing the first n pieces, `begins[n]` where the last of
    those chunks begins.
    """
    sums = [0, *accumulate(piece.tokens for piece in pieces)]
    over = np.array([piece.over for piece in pieces])
    mean = float(over.mean())
    target = max(1.0, sums[-1] / math.ceil(max(1, sums[-1]) / max(1.0, room - mean)) + mean)
    pauses = [_PENALTY[piece.boundary] + _LONE_HEADING * (last < headings) for last, piece in enumerate(pieces)]
    pauses[-1] = 0.0
    costs, begins, counts = np.zeros(len(sums)), [0], np.array(sums[:-1]) - over
    for last, pause in enumerate(pauses, start=1):
        earliest = min(last - 1, bisect_left(sums, sums[last] - room))
        tokens = sums[last] - counts[earliest:last]
        missed = tokens / target - 1
        total = costs[earliest:last] + missed * missed
        if mean:
            total += _TOO_LONG * (tokens > room)
        # Not `argmin`: it lets go of Python's lock, however short the array, and each time another thread takes it.
        choices = total.tolist()
        least = min(choices)
        begin = choices.index(least)
        costs[last] = least + pause
        begins.append(earliest + begin)
    spans: list[Span] = []
    last = len(pieces)
    while last:
        spans.append((pieces[begins[last]].start, pieces[last - 1].end))
        last = begins[last]
    return spans[::-1]
