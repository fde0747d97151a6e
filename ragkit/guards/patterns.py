"""The small language of rules: words that stand near each other, in any order or in one.

`a + b`: b within 6 words of a, on either side. `a > b`: after it. `~4` at the end: within 4. `a | b`: one of the two.
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
    """Phrases of which one must be there. `firsts` are their first atoms, to see soon that none is."""

    phrases: tuple[tuple[str, ...], ...]
    firsts: frozenset[str]

    def spans(self, text: Wording) -> list[Span]:
        """Return where the phrases stand, in the order of the text."""
        return sorted(
            (start, start + len(phrase))
            for phrase in self.phrases
            for start in text.index.get(phrase[0], ())
            if _stands(phrase, text, start)
        )


@dataclass(frozen=True)
class Pattern:
    """Terms that must all be there, each within `reach` words of the first, or of the one before if `ordered`."""

    terms: tuple[Term, ...]
    ordered: bool
    reach: int

    def atoms(self) -> Iterator[str]:
        """Return every word and stem in it."""
        return chain.from_iterable(phrase for term in self.terms for phrase in term.phrases)

    def places(self, text: Wording) -> Iterator[tuple[Span, ...]]:
        """Return each way in which it fits the text: one span a term, in the order of the pattern."""
        if any(term.firsts.isdisjoint(text.index) for term in self.terms):
            return
        first, *others = (term.spans(text) for term in self.terms)
        if all(others):
            for span in first:
                yield from self._around((span,), others, text)

    def _around(self, chosen: tuple[Span, ...], others: list[list[Span]], text: Wording) -> Iterator[tuple[Span, ...]]:
        if not others:
            yield chosen
            return
        anchor = chosen[-1] if self.ordered else chosen[0]
        for span in self._near(anchor, others[0], text):
            yield from self._around((*chosen, span), others[1:], text)

    def _near(self, anchor: Span, spans: list[Span], text: Wording) -> Iterator[Span]:
        start, end = anchor
        lowest = end if self.ordered else start - 2 * self.reach
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
        ConfigError: it has an empty part, a list that is not in `words`, both `+` and `>`, or a sign of no meaning.
    """
    body, _, reach = pattern.partition("~")
    ordered = ">" in body
    if (ordered and "+" in body) or not (reach or str(_REACH)).strip().isdecimal():
        raise _bad(pattern, 'use either "+" or ">", and a whole number after "~"')
    terms = tuple(_term(part, words, pattern) for part in re.split("[+>]", body))
    return Pattern(terms, ordered, int(reach or _REACH))


def _term(part: str, words: Words, pattern: str) -> Term:
    phrases = tuple(phrase for option in part.split("|") for phrase in _phrases(option, words, pattern))
    return Term(phrases, frozenset(phrase[0] for phrase in phrases))


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
