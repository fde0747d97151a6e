"""What a question asks for word for word: quoted phrases, identifiers, error codes and paragraph numbers."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ragkit.documents import Chunk
from ragkit.store.catalog.phrases import MOST
from ragkit.text.unspaced import is_unspaced

_QUOTED = re.compile(r'(?<!\w)(?:"([^"]{2,300})"|«([^»]{2,300})»|`([^`]{2,300})`)(?!\w)')
_SIGN = r"(?:§{1,2}|\b(?:sections?|sect?\.|clauses?|articles?|art\.|paragraphs?|para\.|abs\.))"
_NUMBER = r"\d+(?:\.\d+)*[a-z]?(?:\((?:\d{1,3}|[a-z]{1,4})\))*"
_PARAGRAPH = re.compile(rf"{_SIGN}\s*({_NUMBER})(?!\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\w+(?:[-./:]\w+)*(?:\(\w{0,4}\))*")
# What has letters and digits and still is prose: 2nd, 30s, 5kg, 24-hour.
_PROSE = re.compile(r"\d+[a-z]{1,2}|\d+(?:-[a-z]+)+")
_DOTTED = re.compile(r"\d+(?:[-./:]\d+){2,}|\d+\.\d+|\d+(?:\.\d+)*(?:\(\w{1,4}\))+")
_HYPHENS, _SINGLE, _DOUBLE = "‐‑‒–—―−", "‘’‚‛′", "“”„‟″"  # noqa: RUF001  # what typesetters put for - ' "
_PLAINER = {
    **dict.fromkeys(map(ord, _HYPHENS), "-"),
    **dict.fromkeys(map(ord, _SINGLE), "'"),
    **dict.fromkeys(map(ord, _DOUBLE), '"'),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff")),
}
_MOST_NEEDLES = 8
# A code that is mentioned is a hint, not an order: put before all else it cost SciFact 0.006 nDCG@10 (300 claims).
_MENTIONED = 0.05
# The share of a query's words from which on a part counts in full: what a long text has in quotation marks is no order.
_FULLY = 1 / 3
_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Needle:
    """A part of a query that has to stand word for word. `words` are those that a word search finds it by.

    `counts` is what holding it adds to a fused score, itself a share: 1 puts it before all else.
    """

    text: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    counts: float

    def stands_in(self, chunk: Chunk) -> bool:
        """Whether the chunk has it, in its text, its headings or its title."""
        return any(self.pattern.search(_plain(part)) for part in (chunk.text, chunk.heading, chunk.title))


def needles(query: str) -> list[Needle]:
    """Return what has to stand word for word, in the order of the query, each once; at most eight.

    That is what stands between quotation marks, and what can't be a word of prose: E-1042, ERR_CONN, v2.3.1,
    foo_bar(), § 14.2.3, 12.4(b). Case, white space and the shape of hyphens and quotation marks make no difference.
    A part that is less than a third of the query's words counts less.
    """
    found: dict[str, Needle] = {}
    query = _plain(query)
    enough = _FULLY * len(_WORD.findall(query))
    for _, text, pattern, counts in sorted(_parts(query), key=lambda part: part[0]):
        words = tuple(_WORD.findall(text))
        # The words of Chinese and Japanese are known by pairs of letters alone.
        if words and not is_unspaced(text):
            counted = counts * min(1.0, len(words) / enough)
            needle = Needle(text=text, words=words, pattern=re.compile(pattern, re.IGNORECASE), counts=counted)
            found.setdefault(text.lower(), needle)
    return list(found.values())[:_MOST_NEEDLES]


class Held:
    """Which rows hold which needles, as far as their texts were read.

    `find` gives the rows that have the words of a needle side by side, the best first; `read` reads them.
    """

    def __init__(
        self,
        needles: Sequence[Needle],
        *,
        find: Callable[[Sequence[str]], Sequence[int]],
        read: Callable[[Sequence[int]], Mapping[int, Chunk]],
    ) -> None:
        self._needles = needles
        self._read = read
        self._left = [list(find(needle.words)) for needle in needles]
        self._all = [len(rows) < MOST for rows in self._left]
        self._rows: list[set[int]] = [set() for _ in needles]

    @property
    def absent(self) -> tuple[str, ...]:
        """The needles that stand nowhere, as far as the viewer may read; none that something may yet hold."""
        looked = zip(self._needles, self._rows, self._left, self._all, strict=True)
        return tuple(needle.text for needle, rows, left, all_found in looked if all_found and not rows and not left)

    def best(self, limit: int) -> list[int]:
        """Return rows that hold a needle; for each of them about the `limit` best."""
        for place, rows in enumerate(self._rows):
            while self._left[place] and len(rows) < limit:
                page, self._left[place] = self._left[place][:_PAGE], self._left[place][_PAGE:]
                self._look(place, page)
        return sorted(set().union(*self._rows))

    def shares(self, rows: Sequence[int]) -> list[float]:
        """Return for each row which share of the needles it holds; 0 if there are none."""
        if not self._needles:
            return [0.0] * len(rows)
        wanted = set(rows)
        for place, left in enumerate(self._left):
            self._look(place, [row for row in left if row in wanted])
        return [sum(row in held for held in self._rows) / len(self._needles) for row in rows]

    def boosts(self, rows: Sequence[int]) -> list[float]:
        """Return for each row what the needles that it holds add to its score; 0 if there are none."""
        if not self._needles:
            return [0.0] * len(rows)
        self.shares(rows)
        counts = [needle.counts / len(self._needles) for needle in self._needles]
        return [sum(count for count, held in zip(counts, self._rows, strict=True) if row in held) for row in rows]

    def told(self, share: float) -> dict[str, float]:
        """Return what a hit says of its share; nothing if there are no needles."""
        return {"exact": share} if self._needles else {}

    def _look(self, place: int, rows: Sequence[int]) -> None:
        found = self._read(rows) if rows else {}
        self._rows[place].update(row for row, chunk in found.items() if self._needles[place].stands_in(chunk))


def _parts(query: str) -> Iterator[tuple[int, str, str, float]]:
    """Yield where each part begins, its text, and the pattern that finds it; what is inside a quotation is not one."""
    rest = query
    for match in _QUOTED.finditer(query):
        text = re.sub(r"[\s.,;:!?]+$", "", match[match.lastindex or 0]).strip()
        spaced = rf"(?<!\w){_spaced(text)}(?!\w)" if text[-1:].isalnum() else _spaced(text)
        yield match.start(), text, spaced, 1.0
        rest = _blanked(rest, match)
    for match in _PARAGRAPH.finditer(rest):
        number = match[1]
        signed = _paragraph(number) if "." in number or "(" in number else rf"{_SIGN}\s*{_paragraph(number)}"
        yield match.start(), " ".join(match[0].split()), signed, 1.0
        rest = _blanked(rest, match)
    for match in _RUN.finditer(rest):
        if pattern := _identifier(match[0]):
            yield match.start(), match[0], pattern, _MENTIONED


def _identifier(text: str) -> str:
    """Return the pattern of an identifier; empty if the text is none."""
    if _DOTTED.fullmatch(text):
        return _paragraph(text)
    name = text.removesuffix("()")
    letters, digits = (any(test(letter) for letter in text) for test in (str.isalpha, str.isdigit))
    named = name != text or (letters and "_" in text.strip("_"))
    if not named and (not (letters and digits) or _PROSE.fullmatch(text)):
        return ""
    # A hyphen in front of a small letter goes on in prose: "E-1042-related".
    return rf"(?<!\w)(?<!\w[-._]){re.escape(name)}(?!\w|[._]\w|-(?-i:[\dA-Z]))"


def _paragraph(number: str) -> str:
    # "14.2.3" is neither in "14.2.31" nor in "14.2.3.1", and "12.4" not in "12.4(b)".
    return rf"(?<!\w)(?<!\w[._]){re.escape(number)}(?!\w|\.\w|\((?:\d{{1,3}}|[a-z]{{1,4}})\))"


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in text.split())


def _blanked(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * len(match[0]) + text[match.end() :]


def _plain(text: str) -> str:
    """Return a text with the typewriter's hyphens, quotation marks and spaces."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_PLAINER))
