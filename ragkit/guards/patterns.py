"""The small language of rules: words that stand near each other, in any order or in one.

`a + b`: b within 6 words of a, the first part of the pattern, on either side. `a > b`: b within 6 words after the part
before it. `~4` at the end of the pattern: within 4 words. `a | b`: one of the two.
`two words`: next to each other. `breath*`: with any ending. `@name`: a list of words. The end of a sentence counts as
three words.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from ragkit.errors import ConfigError
from ragkit.guards.wording import Wording, key

Span = tuple[int, int]
"""A stretch of tokens: the first, and the one after the last."""

Words = Mapping[str, Sequence[str]]

_REACH = 6
_ATOM = re.compile(r"(?:[a-z]+|\d+(?:\.\d+)?)\*?")


@dataclass(frozen=True)
class Term:
    """Phrases of which one must be there. `firsts` are their first atoms, to see soon that none is.

    `after` means behind the term before it, otherwise the term stands on either side of the first.
    """

    phrases: tuple[tuple[str, ...], ...]
    firsts: frozenset[str]
    after: bool

    def spans(self, text: Wording) -> list[Span]:
        """Return where the phrases stand, in the order of the text."""
        return sorted(
            (start, start + len(phrase))
            for phrase in self.phrases
            for start in text.index.get(phrase[0], ())
            if len(phrase) == 1 or _stands(phrase, text, start)
        )


@dataclass(frozen=True)
class Pattern:
    """Terms that must all be there, each within `reach` words of the first, or of the one before it."""

    terms: tuple[Term, ...]
    reach: int

    def atoms(self) -> Iterator[str]:
        """Return every word and stem in it."""
        return chain.from_iterable(phrase for term in self.terms for phrase in term.phrases)

    def places(self, text: Wording) -> Iterator[tuple[Span, ...]]:
        """Return each way in which it fits the text: one span a term, in the order of the pattern."""
        if any(term.firsts.isdisjoint(text.index) for term in self.terms):
            return
        found = [term.spans(text) for term in self.terms]
        if all(found):
            for span in found[0]:
                yield from self._around((span,), found, text)

    def _around(self, chosen: tuple[Span, ...], found: list[list[Span]], text: Wording) -> Iterator[tuple[Span, ...]]:
        if len(chosen) == len(found):
            yield chosen
            return
        after = self.terms[len(chosen)].after
        anchor = chosen[-1] if after else chosen[0]
        for span in self._near(anchor, found[len(chosen)], text, after=after):
            if all(span[0] >= end or span[1] <= start for start, end in chosen):
                yield from self._around((*chosen, span), found, text)

    def _near(self, anchor: Span, spans: list[Span], text: Wording, *, after: bool) -> Iterator[Span]:
        start, end = anchor
        lowest = end if after else start - 2 * self.reach
        for place in range(bisect_left(spans, (lowest, 0)), len(spans)):
            span = spans[place]
            if text.at[span[0]] - text.at[end - 1] > self.reach:
                return
            before = span[1] <= start and text.at[start] - text.at[span[1] - 1] <= self.reach
            if span[0] >= end or before:
                yield span


def parse(pattern: str, *, words: Words) -> Pattern:
    """Return the pattern, ready to be looked for.

    Raises:
        ConfigError: it has an empty part, a list that is not in `words`, or a sign that means nothing.
    """
    body, _, reach = pattern.partition("~")
    if not (reach or str(_REACH)).strip().isdecimal():
        raise _bad(pattern, f'{reach.strip()!r} after "~" is not a whole number')
    joints, parts = re.findall("[+>]", body), re.split("[+>]", body)
    terms = tuple(_term(part, joint, words, pattern) for part, joint in zip(parts, ["", *joints], strict=True))
    return Pattern(terms, int(reach or _REACH))


def _term(part: str, joint: str, words: Words, pattern: str) -> Term:
    phrases = tuple(phrase for option in part.split("|") for phrase in _phrases(option, words, pattern))
    return Term(phrases, frozenset(phrase[0] for phrase in phrases), joint == ">")


def _phrases(option: str, words: Words, pattern: str) -> Iterator[tuple[str, ...]]:
    choices = [_choices(word, words, pattern) for word in option.split()]
    if not choices:
        raise _bad(pattern, "a part of it is empty")
    for chosen in product(*choices):
        atoms = tuple(key(word) for entry in chosen for word in entry.split())
        wrong = [atom for atom in atoms if not _ATOM.fullmatch(atom)]
        if wrong or not atoms:
            raise _bad(pattern, f"{' '.join(wrong)!r} is not a word")
        yield atoms


def _choices(word: str, words: Words, pattern: str) -> Sequence[str]:
    if not word.startswith("@"):
        return (word,)
    if not words.get(word[1:]):
        raise _bad(pattern, f"there is no list {word[1:]!r} in [words]")
    return words[word[1:]]


def _stands(phrase: tuple[str, ...], text: Wording, start: int) -> bool:
    here = text.atoms[start : start + len(phrase)]
    return len(here) == len(phrase) and all(atom in atoms for atom, atoms in zip(phrase, here, strict=True))


def _bad(pattern: str, why: str) -> ConfigError:
    return ConfigError(f"the pattern {pattern!r} can't be read: {why}", setting="patterns", value=pattern)
