"""What a claim says below the headings that it names: "With the Gold card, there are no fees" says there are none."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ragkit.quotes.tokens import Token, begins, tokens
from ragkit.quotes.words import NEGATIONS, STARTERS, forms
from ragkit.text.sentences import listed
from ragkit.text.tables import ROW

# They lead to the heading that a sentence is about, or from one heading to the one above it.
_ABOUT = listed("with for of in at under on to by during from")
_IN_CASE = (("in", "case", "of"), ("if", "you"), ("when", "you"), ("when",), ("if",))
_POSSESSIVE = ("'s", "s'", "’s", "s’")  # noqa: RUF001  # as it is printed
_MOST = 16
_HAVE, _OF = forms("have"), forms("of")

_Words = tuple[Token, ...]


def readings(claim: str, above: Sequence[str]) -> Iterator[tuple[_Words, bool]]:
    """Yield what a claim says below the headings that it names, and whether it may say it of these.

    It may if it has a word of each heading below the outermost that it names: what holds for the family suite of a
    hotel does not hold for the hotel.
    """
    words, names = tokens(claim), [tokens(name) for name in above if ROW not in name]
    names = [name if not any(word.text in NEGATIONS for word in name) else () for name in names]
    made: list[tuple[_Words, int]] = [(words, len(names))]
    for reading, outermost in made:
        # A model that repeats itself names a heading again and again.
        if len(made) < _MOST:
            made += islice(_without_one(claim, reading, names, outermost), _MOST)
    for reading, outermost in made[1:]:
        above_them = [word for name in names[: outermost + 1] for word in name]
        yield reading, all(_touched(words, name, above_them) for name in names[outermost + 1 :])


def _touched(claim: _Words, name: _Words, above: Sequence[Token]) -> bool:
    """Whether a claim has a word of a name that those above it do not have."""
    own = [word for word in name if not any(word.meets(one) for one in above)]
    return not own or any(word.meets(one) for word in own for one in claim)


def _without_one(text: str, claim: _Words, names: Sequence[_Words], outermost: int) -> Iterator[tuple[_Words, int]]:
    """Yield a claim without one place where it names headings, and the outermost that it has named so far."""
    for start in range(len(claim)):
        end, named = _named(claim, start, names)
        if end == start:
            continue
        begin, rest = _scope(claim, start), claim[end:]
        owner = text[: claim[end - 1].end].lower().endswith(_POSSESSIVE)
        if begin < start or owner or claim[start].text in STARTERS:
            yield _joined(claim[:begin], rest), min(outermost, named)
        elif start == 0 and rest:
            yield from ((made, min(outermost, named)) for made in _said_of(rest))


def _named(claim: _Words, start: int, names: Sequence[_Words]) -> tuple[int, int]:
    """Return where headings end that a claim names from a place on, and the outermost of them; none, the place itself.

    They may stand one behind the other, "cancelling a Gold card", or be joined: "the notice period of a Gold card".
    """
    end, outermost, place = start, len(names), start
    while True:
        standing = [at for at, name in enumerate(names) if begins(claim[place:], name)]
        if not standing:
            return end, outermost
        longest = max(standing, key=lambda at: len(names[at]))
        outermost = min(outermost, longest)
        end = place = place + len(names[longest])
        if place < len(claim) and claim[place].text in _ABOUT:
            place += 1


def _scope(claim: _Words, start: int) -> int:
    """Return where what leads to a heading begins: "with", "if you"."""
    for words in _IN_CASE:
        if tuple(word.text for word in claim[max(0, start - len(words)) : start]) == words:
            return start - len(words)
    return start - 1 if start and claim[start - 1].text in _ABOUT else start


def _joined(before: _Words, behind: _Words) -> _Words:
    """Join what stands around a heading; a comma behind it at the front of a sentence went with it."""
    if before or not behind:
        return (*before, *behind)
    return (replace(behind[0], before=""), *behind[1:])


def _said_of(rest: _Words) -> Iterator[_Words]:
    """Yield what is said of a subject, without it: that it has no fees, or a fee of 5 euros; or behind a colon."""
    first = rest[0]
    if not first.forms.isdisjoint(_HAVE):
        yield (_like(first, "there"), _like(first, "be"), *rest[1:])
        of = next((at for at, word in enumerate(rest[:-1]) if word.forms & _OF and rest[at + 1].number), 0)
        if of:
            yield (*rest[1:of], _like(rest[of], "be"), *rest[of + 1 :])
    elif ":" in first.before:
        yield _joined((), rest)


def _like(token: Token, word: str) -> Token:
    return replace(token, text=word, forms=forms(word), before="")
