"""A text as the words that count, each with the forms it may have, and where it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ragkit.quotes import figures
from ragkit.quotes.letters import MARKS, Letters, letters
from ragkit.quotes.words import BOUNDS, EMPTY, SENSE, forms, parted, regular

# Of scripts without spaces every letter is a word.
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# "~400", "> 5" and "C++" are read with what they stand at. A tick may be all that a cell of a table has.
_SIGNS = "%‰°?±≤≥≠≈×÷✓✔✅☑✗✘❌☒☐★☆↑↓\ufffc"  # noqa: RUF001  # the sign of multiplication
_LETTER = rf"[^\W_{_UNSPACED}]"
_LETTERS = rf"(?:[^\W{_UNSPACED}]|[{MARKS}])*"
_WORD = re.compile(
    r"(?P<date>(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-]))"
    r"|(?P<ordinal>\d+(?:st|nd|rd|th)\b)"
    r"|(?P<number>(?:(?<![\w)\d.-])-(?=\d))?(?:\d{1,3}(?:[\u00a0']\d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:[ ]\d{3})+(?:,\d+|(?=[ ]?(?:[€£]|eur|chf|fr)))|\d+(?:[.,:/]\d+)*))"
    rf"|(?P<word>(?!\d){_LETTER}{_LETTERS}(?:(?:'|-(?:[ \t]*\r?\n[ \t]*)?){_LETTER}{_LETTERS})*)"
    rf"|(?P<sign>°[cf]\b|(?:(?<![\w)-])-)?[€$£¥]|[{_SIGNS}]|(?<=[^\n])[<>~+](?=\s?\d)|(?<=\w)[+#]|~~|…|\.\.\.|\w"
    rf"|[{MARKS}])"
)
_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a figure. `forms` are what it may be a form of; `before` has the marks between it and the last one.

    `start` takes in the words in front of it that say nothing.
    """

    text: str
    forms: frozenset[str]
    start: int
    end: int
    before: str = ""
    number: bool = False

    @property
    def sense(self) -> bool:
        """Whether a sentence without it says something else."""
        return self.text in SENSE or self.text in BOUNDS

    @property
    def regular(self) -> bool:
        """Whether it is a word all forms of which begin alike."""
        return not self.number and regular(self.text)

    def meets(self, other: "Token") -> bool:
        """Whether both are forms of one word, or the same figure."""
        return not self.forms.isdisjoint(other.forms)


def begins(claim: Sequence[Token], words: Sequence[Token]) -> bool:
    """Whether these words, in any of their forms, stand at the beginning of a claim; no words never do."""
    return 0 < len(words) <= len(claim) and all(one.meets(two) for one, two in zip(words, claim, strict=False))


@dataclass(frozen=True, slots=True)
class _Raw:
    kind: str
    text: str
    start: int
    end: int
    before: str


_NOTHING = _Raw("", "", 0, 0, "")


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a text in order, without those that say nothing."""
    plain = letters(text)
    raws = _raws(plain)
    read = _Reading(raws).all() if any(raw.kind != "word" or raw.text in figures.COUNTING for raw in raws) else raws
    made: list[Token] = []
    start, before = -1, ""
    for raw, behind in pairwise([*_once(read), _NOTHING]):
        start, before = (raw.start if start < 0 else start), before + raw.before
        # "Few doctors" say no, and "a few doctors" say yes.
        if raw.text not in EMPTY or (raw.text == "a" and behind.text in ("few", "little")):
            made.append(_token(raw, plain, start, before))
            start, before = -1, ""
    return tuple(made)


def spelled(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return every word as it is spelled, with where it stands: what has to be the same in a quotation."""
    plain = letters(text)
    return tuple((raw.text, plain.place(raw.start), plain.place(raw.end - 1) + 1) for raw in _raws(plain))


def _token(raw: _Raw, plain: Letters, start: int, before: str) -> Token:
    number = raw.kind == "number"
    known = frozenset((f"#{raw.text}",)) if number else forms(raw.text)
    return Token(raw.text, known, plain.place(start), plain.place(raw.end - 1) + 1, before, number)


def _raws(plain: Letters) -> list[_Raw]:
    found: list[_Raw] = []
    last = 0
    for match in _WORD.finditer(plain.text):
        kind, text, (start, end) = match.lastgroup or "", match.group(), match.span()
        before = plain.text[last:start]
        before = before.strip() if "\n" not in before else before
        for part in _parts(text) if kind == "word" else (text,):
            found.append(_Raw(kind, part, start, end, before))
            before = "-" if "-" in text else ""
        last = end
    return found


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[str, ...]:
    if "-" not in word:
        return parted(word)
    pieces = [_BREAK.sub("", piece) for piece in word.split("-")]
    if not figures.COUNTING.isdisjoint(pieces):
        return tuple(pieces)
    # To re-sign and to resign are not the same; at the end of a line nobody can tell.
    bare = "~".join(pieces) if pieces[0] == "re" and "\n" not in word else "".join(pieces)
    return parted(bare)


def _once(raws: Sequence[_Raw]) -> list[_Raw]:
    """Drop the figure in brackets that says again what stands before it, as contracts do: eight (8) hours."""
    kept: list[_Raw] = []
    for place, raw in enumerate(raws):
        width = 2 if any(one.text == "percent" for one in raws[place + 1 : place + 2]) else 1
        if raw.kind == "number" and raw.before.endswith("(") and _said(raws[place : place + width], kept[-width:]):
            continue
        if raw.text == "percent" and kept and kept[-1].text == "percent":
            continue
        kept.append(raw)
    return kept


def _said(raws: Sequence[_Raw], before: Sequence[_Raw]) -> bool:
    return [raw.text for raw in raws] == [raw.text for raw in before]


class _Reading:
    """Reads figures out of raw words: each method returns what it made and how many words that took, or nothing."""

    def __init__(self, raws: Sequence[_Raw]) -> None:
        self._raws = raws

    def all(self) -> list[_Raw]:
        made: list[_Raw] = []
        place = 0
        while place < len(self._raws):
            found = self._date(place) or self._money(place) or self._number(place)
            read, taken = found or ([self._raws[place]], 1)
            made.extend(read)
            place += taken
        return _ranges(made)

    def _at(self, place: int) -> _Raw:
        return self._raws[place] if place < len(self._raws) else _NOTHING

    def _merged(self, place: int, taken: int, text: str) -> _Raw:
        first, last = self._raws[place], self._raws[place + taken - 1]
        return _Raw("number", text, first.start, last.end, first.before)

    def _date(self, place: int) -> tuple[list[_Raw], int] | None:
        first = self._at(place)
        if first.kind in ("date", "number") and (parts := figures.day(first.text)):
            return [_Raw("number", part, first.start, first.end, first.before) for part in parts], 1
        of = first.kind in ("number", "ordinal") and self._at(place + 1).text == "of"
        second = self._at(place + 1 + of)
        # "... the end of August.", and below it "1 The deposit".
        if "\n" in second.before and second.before.strip(" ") != "\n":
            return None
        numbered, named = (second, first) if first.text in figures.MONTHS else (first, second)
        at, day = figures.MONTHS.get(named.text), _day(numbered)
        return ([self._merged(place, 2 + of, f"date:{at}-{day}")], 2 + of) if at and day else None

    def _money(self, place: int) -> tuple[list[_Raw], int] | None:
        first = self._at(place)
        sign, currency = ("-", first.text[1:]) if first.text.startswith("-") else ("", first.text)
        if currency not in figures.CURRENCIES or not (found := self._sum(place + 1) or self._number(place + 1)):
            return None
        read, taken = found
        if len(read) > 1:
            return None
        number = _Raw("number", sign + read[0].text, read[0].start, read[0].end, first.before)
        return [number, _Raw("word", figures.CURRENCIES[currency], first.start, read[0].end, "")], taken + 1

    def _sum(self, place: int) -> tuple[list[_Raw], int] | None:
        """Return a sum of money with its scale in one letter, as in $3.5m."""
        number, scale = self._at(place), figures.shortened(self._at(place + 1).text)
        if number.kind != "number" or not scale:
            return None
        return [self._merged(place, 2, figures.scaled(figures.figure(number.text), scale))], 2

    def _number(self, place: int) -> tuple[list[_Raw], int] | None:
        first = self._at(place)
        if first.kind == "ordinal":
            return [_Raw("word", figures.ordinal(int(first.text[:-2])), first.start, first.end, first.before)], 1
        taken = self._spoken(place)
        if taken:
            words = [self._at(place + step).text for step in range(taken)]
            number = self._merged(place, taken, figures.spoken(words))
            number, taken = self._timed(place, taken, number.text) or (number, taken)
        elif first.kind == "number":
            number, taken = self._digits(place)
        else:
            return None
        behind = self._behind(place + taken)
        return ([number, behind[0]], taken + behind[1]) if behind else ([number], taken)

    def _spoken(self, place: int) -> int:
        """Return how many words from here say one number; an `and` between them counts."""
        taken = 0
        while self._at(place + taken).text in figures.NUMBER_WORDS:
            # "one two" are two numbers, "twenty one" is one.
            if taken and not _goes_on(self._at(place + taken - 1).text, self._at(place + taken).text):
                break
            taken += 1
            joined = self._at(place + taken).text == "and" and self._at(place + taken - 1).text == "hundred"
            if joined and self._at(place + taken + 1).text in figures.SMALL:
                taken += 1
        return taken

    def _digits(self, place: int) -> tuple[_Raw, int]:
        value, behind = figures.figure(self._at(place).text), self._at(place + 1)
        if behind.text in figures.SCALES:
            return self._merged(place, 2, figures.scaled(value, behind.text)), 2
        return self._timed(place, 1, value) or (self._merged(place, 1, value), 1)

    def _timed(self, place: int, taken: int, value: str) -> tuple[_Raw, int] | None:
        """Return the time of the day, if a.m. or p.m. stands behind a number."""
        behind = self._at(place + taken)
        half = behind.text + self._at(place + taken + 1).text if behind.text in ("a", "p") else behind.text
        value = value.replace(".", ":")
        if half not in ("am", "pm") or not value.removeprefix("t").replace(":", "").isdigit():
            return None
        taken += 3 - len(behind.text)
        return self._merged(place, taken, figures.clock(value, half)), taken

    def _behind(self, place: int) -> tuple[_Raw, int] | None:
        """Return the unit that stands behind a number, if it is one that has several names."""
        first, second = self._at(place), self._at(place + 1)
        if first.text == "per" and second.text == "cent":
            return _Raw("word", "percent", first.start, second.end, first.before), 2
        if first.text == "degrees" and second.text in ("celsius", "fahrenheit"):
            return _Raw("word", second.text, first.start, first.end, first.before), 2
        meant = figures.unit(first.text)
        return (_Raw("word", meant, first.start, first.end, first.before), 1) if meant != first.text else None


def _day(raw: _Raw) -> int:
    digits = raw.text[:-2] if raw.kind == "ordinal" else raw.text
    numbered = raw.kind in ("number", "ordinal") and digits.isdigit() and len(digits) <= 2  # noqa: PLR2004  # a day
    return int(digits) if numbered and int(digits) <= figures.MOST_DAYS else 0


def _goes_on(before: str, word: str) -> bool:
    if before == "and" or word in figures.SCALES or before in figures.SCALES:
        return True
    return figures.SMALL.get(before, 0) >= 20 and figures.SMALL.get(word, 99) < 10  # noqa: PLR2004  # twenty-one


def _ranges(raws: list[_Raw]) -> list[_Raw]:
    """Mark what stands between two figures, or two days, as a range, however it is written: 5 to 7, 5-7, May-June."""
    made: list[_Raw] = []
    for before, raw, behind in zip([_NOTHING, *raws], raws, [*raws[1:], _NOTHING], strict=False):
        if raw.text == "to" and _counts(before) and _counts(behind):
            made.append(_Raw("range", "~", raw.start, raw.end, raw.before))
        elif raw.before in ("-", "–") and _counts(before) and _counts(raw):  # noqa: RUF001  # an en dash
            made.extend((_Raw("range", "~", raw.start, raw.start, ""), replace(raw, before="")))
        else:
            made.append(raw)
    return made


def _counts(raw: _Raw) -> bool:
    return raw.kind == "number" or raw.text in figures.CALENDAR
