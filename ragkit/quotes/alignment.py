"""Does a claim follow from a stretch by leaving out, moving a part to the front, and other forms of its words?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragkit.quotes.stretches import Stretch
from ragkit.quotes.tokens import Token
from ragkit.quotes.words import ANNOUNCING, CONDITIONS, JOINING, MODALS, NEGATIONS, RATES, SENSE, STARTERS
from ragkit.text.sentences import listed

_ELLIPSES = ("…", "...")
# "The tenant shall pay" says that the tenant pays.
_OBLIGE = ("must", "shall")
_LONGEST_ASIDE = 12
_VERBS = MODALS | listed("is are was were be has have had need needs shall can")
_LONGEST_SUBJECT = 5
_BOUNDING = (SENSE - {"not", "no", "as", "more", "less", "than", "least", "most"}) - MODALS
_OPENS, _CLOSES = ",(—–", ",)—–"  # noqa: RUF001  # dashes
# Behind these a word needs what comes: free of charge, fails to pay, exempt from tax.
_NEEDED = frozenset(("of", "to", "from", "per", "~", "percent"))


@dataclass(frozen=True)
class Match:
    """The words of a stretch that a claim was found in: from `start`, and not `end` itself.

    `whole` says that nothing stands before it in its line, and `closed` that nothing stands behind it.
    """

    stretch: Stretch
    start: int
    end: int
    whole: bool
    closed: bool


def aligned(claim: Sequence[Token], stretch: Stretch) -> Match | None:
    """Return where the stretch says what the claim says; None if it does not, or if what is left out may matter.

    Left out may be what stands behind the claim, an aside, and what stands before a colon or a joined sentence, if no
    negation, condition, limit or alternative is in it. The one part that may stand elsewhere is one in front.
    """
    for found in _found(claim, stretch):
        if _sound(found, claim):
            return found
    return _moved(claim, stretch)


def quoted(quote: Sequence[Token], stretch: Stretch) -> Match | None:
    """Return where a quotation stands in a stretch, if no negation or condition stands around it."""
    for found in _found(quote, stretch, asides=False):
        line, end = stretch.line(found.start), _clause_end(stretch, found.end)
        around = (*stretch.tokens[line : found.start], *stretch.tokens[found.end : end])
        if not stretch.negated and not any(token.sense for token in around):
            return found
    return None


def _found(claim: Sequence[Token], stretch: Stretch, *, asides: bool = True) -> Iterator[Match]:
    for start, token in enumerate(stretch.tokens):
        if claim[0].meets(token) and (end := _follow(claim, stretch, start, asides=asides)):
            yield Match(stretch, start, end, start in stretch.opened, end == stretch.line_end(end))


def _follow(claim: Sequence[Token], stretch: Stretch, start: int, *, asides: bool) -> int:
    """Return where the claim's words end in the stretch when they begin at `start`; 0 if they do not stand there."""
    words, place, behind = stretch.tokens, start, start
    for number, token in enumerate(claim):
        if token.text in _ELLIPSES:
            following = claim[number + 1] if number + 1 < len(claim) else None
            at = _next(following, words, place) if following else place
            place = at
        else:
            # What closes an aside opens no other one.
            at = _step(token, stretch, place, asides=asides and place > behind)
            behind = at if at > place else behind
            place = at + 1
        if at < 0:
            return 0
    return place


def _step(token: Token, stretch: Stretch, place: int, *, asides: bool) -> int:
    """Return where the next word of a claim stands, from `place` on; -1 if not there, nor behind an aside."""
    words = stretch.tokens
    while place < len(words):
        if token.meets(words[place]):
            return place
        if words[place].text in _OBLIGE and place + 1 < len(words) and words[place + 1].text not in NEGATIONS:
            place += 1
        elif asides and (behind := _aside(stretch, place)):
            place, asides = behind, False
        else:
            return -1
    return -1


def _next(token: Token, words: Sequence[Token], place: int) -> int:
    for behind in range(place, len(words)):
        if token.meets(words[behind]):
            return behind
        if _matters(words[behind]) or words[behind].number:
            return -1
    return -1


def _aside(stretch: Stretch, place: int) -> int:
    """Return where an aside that begins here is over; 0 if none begins, or if it matters."""
    words = stretch.tokens
    if not set(words[place].before) & set(_OPENS):
        return 0
    for behind in range(place + 1, min(place + _LONGEST_ASIDE, len(words))):
        if behind in stretch.edges or _matters(words[behind - 1]):
            return 0
        if set(words[behind].before) & set(_CLOSES):
            # "Cats, dogs and birds" has no aside.
            return 0 if words[behind].text in JOINING else behind
    return 0


def _matters(token: Token) -> bool:
    return token.sense or token.text in MODALS or token.text in JOINING or token.text in _OBLIGE


def _sound(found: Match, claim: Sequence[Token]) -> bool:
    """Whether what the claim leaves out around it takes nothing back."""
    stretch = found.stretch
    if stretch.negated:
        return False
    before = stretch.tokens[stretch.line(found.start) : found.start]
    behind = stretch.tokens[found.end : _clause_end(stretch, found.end)]
    led = found.whole or _may_lead(before, stretch.tokens[found.start])
    return led and _may_end(behind, stretch, found, claim)


def _clause_end(stretch: Stretch, place: int) -> int:
    """Return where what belongs to a claim ends: with its line, or before a clause that stands on its own."""
    end = stretch.line_end(place)
    for behind in range(place, end):
        # A line that begins with the year of a date looks like a clause with its number, and its sentence goes on.
        year = stretch.tokens[behind - 1].number and "." in stretch.tokens[behind].before
        if year or _own_clause(stretch.tokens[behind:end]):
            return behind
    return end


def _own_clause(words: Sequence[Token]) -> bool:
    """Whether a semicolon, or a comma and `and`, begins a clause with a verb of its own that bounds no other."""
    if ";" in words[0].before:
        return not words[0].sense
    if words[0].text != "and" or "," not in words[0].before or any(word.text in _BOUNDING for word in words):
        return False
    verbs = (number for number, word in enumerate(words) if word.text in _VERBS)
    return 1 < next(verbs, 0) <= _LONGEST_SUBJECT


def _may_lead(before: Sequence[Token], first: Token) -> bool:
    if any(token.sense or token.text in MODALS for token in before[:-1]) or before[-1].sense:
        return False
    if ":" in first.before:
        return all(token.text in ANNOUNCING for token in before)
    # "On Mondays" is said of both clauses that follow it.
    joined = before[-1].text == "and" and "," in before[-1].before and before[0].text not in STARTERS
    return joined or ";" in first.before


def _may_end(behind: Sequence[Token], stretch: Stretch, found: Match, claim: Sequence[Token]) -> bool:
    if not behind:
        return True
    if any(token.sense for token in behind):
        return False
    conditional = any(token.text in CONDITIONS for token in claim)
    if conditional and any(token.text in JOINING for token in behind):
        return False
    if not _goes_without(behind, stretch.tokens[found.start : found.end]):
        return False
    # Behind a comma alone may come what says whose word it was: "the room is heated, Otto writes".
    return behind[0].text in STARTERS or bool(set(behind[0].before) & set(";:(|—"))


def _goes_without(behind: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether what was said needs none of the words behind it: those that bound a figure, or tell for whom it is."""
    if behind[0].text in RATES and any(token.number for token in said[-2:]):
        return False
    return behind[0].text not in _NEEDED and (behind[0].text != "for" or any(token.number for token in behind))


def _moved(claim: Sequence[Token], stretch: Stretch) -> Match | None:
    """Find a claim whose first part, up to a comma, stands further back in the stretch, or the reverse."""
    comma = next((place for place, token in enumerate(claim) if place and "," in token.before), 0)
    if comma and claim[0].text in STARTERS:
        return _fronted(claim[:comma], claim[comma:], stretch)
    front = next((place for place, token in enumerate(stretch.tokens) if place and "," in token.before), 0)
    if front and stretch.tokens[0].text in STARTERS and len(stretch.edges) == 1:
        words = stretch.tokens
        turned = Stretch((replace(words[front], before=""), *words[front + 1 :], *words[:front]))
        whole = next((one for one in _found(claim, turned) if one.whole and one.closed), None)
        return Match(stretch, 0, len(words), whole=True, closed=True) if whole and not stretch.negated else None
    return None


def _fronted(part: Sequence[Token], rest: Sequence[Token], stretch: Stretch) -> Match | None:
    for where in _found(part, stretch, asides=False):
        words = (*stretch.tokens[: where.start], *stretch.tokens[where.end :])
        if where.end < len(stretch.tokens) and not _begins_part(stretch.tokens[where.end], part):
            continue
        edges = tuple(edge for edge in stretch.edges if edge < where.start or edge == 0)
        left = replace(stretch, tokens=words, edges=edges)
        for found in _found(rest, left):
            inside = found.start <= where.start <= found.end
            if inside and found.whole and _sound(found, [*part, *rest]):
                end = max(found.end + len(part), where.end)
                return Match(stretch, found.start, min(end, len(stretch.tokens)), whole=True, closed=found.closed)
    return None


def _begins_part(token: Token, part: Sequence[Token]) -> bool:
    if part[-1].number and not token.before and token.text not in STARTERS:
        return False
    return token.text not in _NEEDED or bool(token.before)
