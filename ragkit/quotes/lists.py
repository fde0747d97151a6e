"""Does a list say what a claim says? Its items may stand in the claim, each whole, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragkit.quotes.alignment import Match, aligned
from ragkit.quotes.stretches import Listing, Stretch
from ragkit.quotes.tokens import Token, begins
from ragkit.quotes.words import CONDITIONS, NEGATIONS, STARTERS, forms

_COPULAS = forms("be") | forms("include")
_JOINTS = ("and", "or")


@dataclass(frozen=True)
class _Run:
    """Items that a claim has one after the other, from `start` to `end`; `either` if an `or` joins them."""

    start: int
    end: int
    items: tuple[Stretch, ...]
    either: bool


def itemised(claim: Sequence[Token], listing: Listing) -> Match | None:
    """Return where a list says a claim: its lead-in, with some of its items behind it or within it."""
    if any(word.forms.isdisjoint(listing.forms) for word in claim):
        return None
    lead = listing.items[0].lead
    for run in _runs(claim, listing.items):
        if run.either and not _of_choice(lead):
            continue
        around = (*claim[: run.start], *claim[run.end :])
        first = run.items[0].unnumbered
        one = (*claim[: run.start], *first, *claim[run.end :])
        if _fills(around, run.start, lead) or aligned(one, Stretch((*lead, *first))):
            words = (*lead, *(word for item in run.items for word in item.tokens))
            return Match(Stretch(words), 0, len(words), whole=True, closed=True)
    return None


def _runs(claim: Sequence[Token], items: Sequence[Stretch]) -> Iterator[_Run]:
    """Yield the items that a claim has, as many as stand one after the other, with a comma or a joint between them."""
    start = 0
    while start < len(claim):
        end, place, found = start, start, list[Stretch]()
        while item := _item(claim, place, [one for one in items if one not in found]):
            found.append(item)
            end = place = place + len(item.unnumbered)
            if place == len(claim) or not (claim[place].text in _JOINTS or "," in claim[place].before):
                break
            place += claim[place].text in _JOINTS
        if found:
            # An item may have an `or` of its own.
            inside = sum(_alternatives(item.unnumbered) for item in found)
            yield _Run(start, end, tuple(found), either=_alternatives(claim[start:end]) > inside)
        start = max(end, start + 1)


def _alternatives(words: Sequence[Token]) -> int:
    return sum(word.text == "or" for word in words)


def _item(claim: Sequence[Token], place: int, items: Sequence[Stretch]) -> Stretch | None:
    """Return the longest item whose words all stand at a place of a claim."""
    standing = [one for one in items if begins(claim[place:], one.unnumbered)]
    return max(standing, key=lambda one: len(one.tokens), default=None)


def _fills(around: Sequence[Token], place: int, lead: Sequence[Token]) -> bool:
    """Whether what a claim has around its items is the lead-in, with at most a verb that joins the two.

    The items stand behind it or within it, where it has "the following" if it has that, or before the part that it
    begins with: "You need flour for four pizzas".
    """
    following = next((at for at, word in enumerate(lead) if word.text == "following"), -1)
    if following >= 0:
        lead = (*lead[:following], *lead[following + 1 :])
        return _same(around, lead) and place == following
    if _same(around, lead):
        return place > 0
    if lead[0].text in STARTERS and _same((*around[place:], *around[:place]), lead):
        return True
    verb = {0: 0, len(around): len(around) - 1}.get(place, -1)
    return (
        verb >= 0 and not around[verb].forms.isdisjoint(_COPULAS) and _same((*around[:verb], *around[verb + 1 :]), lead)
    )


def _same(one: Sequence[Token], other: Sequence[Token]) -> bool:
    return len(one) == len(other) and begins(other, one)


def _of_choice(lead: Sequence[Token]) -> bool:
    """Whether what is said of several is said of each alone: you may pay by card or by cheque."""
    return any(word.text in CONDITIONS | NEGATIONS or "=may" in word.forms for word in lead)
