"""A source as the stretches that may bear out a claim: sentences, and the lines of a list with what introduces them."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from ragkit.quotes.tables import Row, rows
from ragkit.quotes.tokens import Token, tokens
from ragkit.quotes.words import CONDITIONS, COUPLING, NEGATIONS
from ragkit.text.sentences import Span, sentences
from ragkit.text.tables import ROW

_ITEM = re.compile(r"(?:[-*•]|\d+[.)]|\([a-z0-9]{1,3}\))\s")
_BLOCK = re.compile(r"#|\||>|\d{1,3}(?:[.)]|(?:\.\d+)+[.)]?)\s+[^\W\d_a-z]")
# What numbers a line: "1.", "(a)", "14.2", "§ 5".
_NUMBERED = re.compile(
    r"(?:#{1,6}\s+|[-*•]\s+)?"
    r"(?:(?:§+\s*)?\d{1,3}(?:\.\d+)*[.)]\s+|[(\[]?[A-Za-z0-9]{1,3}[)\]]\s+|[A-Za-z]\.\s+|"
    r"(?:§+\s*\d[\d.]*|\d{1,3}(?:\.\d+)+)\s+(?=[^\W\d_a-z]))+"
)
_NEAR = 3
_FORBIDDING = (*NEGATIONS, "what", "things", "you")
_ENDED = (".", "!", "?", ":", ";", "|", "…")


@dataclass(frozen=True)
class Stretch:
    """Words that belong together. A line of its own, as a heading has, begins at each of the `edges`.

    `opened` are the places where a line begins, or what its number introduces. `lead` are the words that introduce an
    item of a list, if they are not among its own; `negated` says that they turn it around.
    """

    tokens: tuple[Token, ...]
    edges: tuple[int, ...] = (0,)
    opened: frozenset[int] = frozenset((0,))
    lead: tuple[Token, ...] = ()
    negated: bool = False

    @property
    def forms(self) -> frozenset[str]:
        """All forms of all words."""
        return frozenset[str]().union(*(token.forms for token in self.tokens))

    @cached_property
    def unnumbered(self) -> tuple[Token, ...]:
        """Its words without the number of its first line."""
        first = self.line_end(1)
        return self.tokens[max((place for place in self.opened if place < first), default=0) :]

    def line(self, place: int) -> int:
        """Return where the line that holds this word begins."""
        return max((edge for edge in self.edges if edge <= place), default=0)

    def line_end(self, place: int) -> int:
        """Return where the line ends whose last words these may be; `place` is behind a word."""
        return min((edge for edge in self.edges if edge >= place and edge > 0), default=len(self.tokens))


@dataclass(frozen=True)
class Listing:
    """The items of a list that is introduced, and all forms that a claim about it may have."""

    items: tuple[Stretch, ...]
    forms: frozenset[str]


@dataclass(frozen=True)
class Source:
    """The stretches of a text with the forms of each, its lists, the rows of its tables, and all their forms."""

    stretches: tuple[Stretch, ...]
    forms: tuple[frozenset[str], ...]
    lists: tuple[Listing, ...]
    rows: tuple[Row, ...]
    all: frozenset[str]


@lru_cache(maxsize=256)
def source(text: str, above: tuple[str, ...] = ()) -> Source:
    """Return a text as stretches. Lines that a page wraps are one, and so are what introduces a list and each item.

    `above` are the names that stand over it, the innermost last; this may be the names of a table's columns.
    """
    stretches = tuple(one for one in _stretches(text) if one.tokens)
    known = tuple(one.forms for one in stretches)
    lists, tabled = tuple(_listings(stretches)), tuple(rows(text, above))
    everything = frozenset[str]().union(*known, *(one.forms for one in lists), *(row.forms for row in tabled))
    return Source(stretches, known, lists, tabled, everything)


def _listings(stretches: Iterable[Stretch]) -> Iterable[Listing]:
    items = (one for one in stretches if one.lead)
    for _, group in groupby(items, key=lambda one: one.lead[0].start):
        found = tuple(group)
        words = (word.forms for one in (found[0].lead, *(item.tokens for item in found)) for word in one)
        yield Listing(found, COUPLING.union(*words))


def _stretches(text: str) -> Iterable[Stretch]:
    words = tokens(text)
    ends = [word.end for word in words]
    lead, colon = tuple[Token, ...](), False
    for group, item in _groups(text, sentences(text)):
        first = bisect_left(ends, group[0].start + 1)
        made = words[first : bisect_left(ends, group[-1].end + 1)]
        lines = [span.start for number, span in enumerate(group) if number == 0 or not _goes_on(text, span)]
        edges = tuple(bisect_left(ends, line + 1) - first for line in lines)
        numbered = (found.end() for line in lines if (found := _NUMBERED.match(text, line)))
        opened = frozenset((*edges, *(bisect_left(ends, end + 1) - first for end in numbered)))
        negated = item and _forbids(lead, colon=colon)
        stretch = Stretch(made, edges, opened, lead if item else (), negated)
        yield stretch
        if stretch.lead and made:
            yield Stretch((*lead, *stretch.unnumbered))
        if not item and not _same_line(text, group[0]):
            last = text[group[-1].end - 1]
            lead, colon = made[edges[-1] :] if last == ":" or last not in _ENDED else (), last == ":"


def _forbids(lead: tuple[Token, ...], *, colon: bool) -> bool:
    """Whether what introduces a list turns its items around, as "You should not:" and the heading "Guests may not" do.

    A heading of two clauses tells of a case: "Nothing arrives, but there is no code".
    """
    if not lead or any(word.text in CONDITIONS for word in lead):
        return colon and bool(lead)
    if lead[0].text == "not":
        return True
    begun = lead[0].text in _FORBIDDING or lead[-1].text in NEGATIONS
    forbidding = colon or (begun and all(word.text != "but" for word in lead))
    return forbidding and any(word.text in NEGATIONS for word in lead[-_NEAR:])


def _groups(text: str, spans: list[Span]) -> Iterable[tuple[list[Span], bool]]:
    """Yield sentences that a page wraps together, and whether they are an item of a list."""
    group: list[Span] = []
    for span in spans:
        if group and _linked(text, group[-1], span):
            group.append(span)
            continue
        if group:
            yield group, _ITEM.match(text, group[0].start) is not None
        group = [span]
    if group:
        yield group, _ITEM.match(text, group[0].start) is not None


def _linked(text: str, before: Span, span: Span) -> bool:
    """Whether a line may go on in the next one: it was not ended, and no block begins."""
    between = text[before.end : span.start]
    if between.count("\n") != 1 or text[before.end - 1] in _ENDED or ROW in text[before.start : span.end]:
        return False
    return not (_ITEM.match(text, span.start) or _BLOCK.match(text, span.start) or text[before.start] in "#|")


def _goes_on(text: str, span: Span) -> bool:
    """Whether a line certainly goes on from the one before: it begins with a small letter or a figure."""
    return text[span.start].islower() or text[span.start].isdigit()


def _same_line(text: str, span: Span) -> bool:
    line = text.rfind("\n", 0, span.start) + 1
    return _ITEM.match(text, line) is not None and bool(text[line : span.start].strip())
