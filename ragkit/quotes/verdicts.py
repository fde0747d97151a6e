"""Does a source say what a sentence says? Checked word for word, without a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from ragkit.quotes.alignment import Match, aligned, quoted
from ragkit.quotes.headings import readings
from ragkit.quotes.letters import letters
from ragkit.quotes.lists import itemised
from ragkit.quotes.rows import told
from ragkit.quotes.stretches import Source, Stretch, source
from ragkit.quotes.tokens import Token, spelled, tokens
from ragkit.quotes.words import FRAME, JOINING, NEGATIONS, SPOKEN, forms
from ragkit.text.sentences import Span

# verbatim: the words stand in the source one after the other; paraphrase: every one of its words and figures stands in
# one sentence of the source, in the same order and sense; partly: some of what it says does, or nearly all of its
# words; misattributed: it stands in another source than the one named; unsupported: nowhere.
Verdict = Literal["verbatim", "paraphrase", "partly", "misattributed", "unsupported"]

# The source says the whole of it.
VERIFIED = ("verbatim", "paraphrase")

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]")
_FRAMED = re.compile(
    r"^(?:according to the \w+,|the (?:document|passage|source|text|agreement|contract|policy|guidance|article|page)s? "
    r"(?:say|state|provide|explain|note)s?(?: that)?|yes,|so,|additionally,|in addition,|finally,|note that|"
    r"however,)\s+",
    re.IGNORECASE,
)
# The mark that ends a sentence, behind a name in quotation marks too.
_CLOSING = re.compile(r"[\"”»)\]]*[.!?]|\)")
# Below this many words a quotation is a name or a term, and finding it proves nothing.
_SHORTEST = 5
_ENOUGH = 0.7
_FEWEST = 2
_MOST_CLAIMS = 8
_BETWEEN = ("…", "...", "and", "but")
_FRAME = frozenset[str]().union(*map(forms, FRAME))


@dataclass(frozen=True, kw_only=True)
class Support:
    """What a source has for a sentence: the stretch of its text that comes nearest, and how near."""

    verdict: Verdict
    span: Span
    coverage: float


def support(sentence: str, text: str, above: tuple[str, ...] = ()) -> Support:
    """Return how a source's text supports a sentence; the span is the quote, in offsets of `text`.

    `above` are the title and the headings that stand over the text, the innermost last.

    What stands in quotation marks, from five words on, must stand in the source word for word. A text that turns the
    order of its letters around is never supported.
    """
    claim = _FRAMED.sub("", sentence)
    words, known = tokens(claim), source(text, above)
    if not words or "\ufffc" in letters(sentence).text:
        return _nothing()
    parts = [part for part in _QUOTED.findall(sentence) if len(spelled(part)) >= _SHORTEST]
    if found := _verified(words, known) or (_quoting(sentence, parts, known) if parts else None):
        return _supported((claim, *parts[:1]), text, found)
    if below := _below(claim, known, above):
        found, whole = below
        return Support(verdict="paraphrase" if whole else "partly", span=_span(found, text), coverage=1.0)
    if parts and not all(_somewhere(tokens(part), known) for part in parts):
        return _nothing()
    return _nearest(sentence, words, text, known)


def says(sentence: str, text: str, above: tuple[str, ...] = ()) -> Support | None:
    """Return the support of a source that says the whole sentence; None for all less, which is found out fast."""
    if not _may_say(sentence, " ".join((*above, text))):
        return None
    found = support(sentence, text, above)
    return found if found.verdict in VERIFIED else None


def _may_say(sentence: str, text: str) -> bool:
    """Whether a text has the beginnings of all words of a sentence; only figures and irregular words may be missing."""
    plain = letters(text).text.replace("-\n", "").replace("-", "")
    said = tokens(_FRAMED.sub("", _QUOTED.sub("", sentence)))
    words = [word.text for word in said if word.regular and word.forms.isdisjoint(SPOKEN)]
    return all(word[: max(2, min(4, len(word) - 3))] in plain for word in words)


def find(quote: str, text: str) -> Span | None:
    """Return where the quote's words stand in the text, one after the other; None if they do not.

    Case, white space, punctuation, hyphens, soft hyphens, marks of no width and compatibility forms (ligatures,
    full-width letters) make no difference; any other letter, digit or sign does.
    """
    wanted, present = [word for word, _, _ in spelled(quote)], spelled(text)
    if not wanted:
        return None
    for start in range(len(present) - len(wanted) + 1):
        if present[start][0] == wanted[0] and [word for word, _, _ in present[start : start + len(wanted)]] == wanted:
            return _closed(text, present[start][1], present[start + len(wanted) - 1][2])
    return None


def negates(text: str) -> bool:
    """Whether a text has a word that denies."""
    return _negations(tokens(text))


def _nothing() -> Support:
    return Support(verdict="unsupported", span=Span(0, 0), coverage=0.0)


def _supported(said: Sequence[str], text: str, found: Match) -> Support:
    """Return the support of a sentence that is found in a text; verbatim, if one of what is `said` stands there."""
    exact = next(filter(None, (find(one, text) for one in said)), None)
    return Support(verdict="verbatim" if exact else "paraphrase", span=exact or _span(found, text), coverage=1.0)


def _span(found: Match, text: str) -> Span:
    words = found.stretch.tokens[found.start : found.end]
    return _closed(text, min(word.start for word in words), max(word.end for word in words))


def _closed(text: str, start: int, end: int) -> Span:
    """Take in the mark that ends the sentence, so that a quote does not stop short of it."""
    closing = _CLOSING.match(text, end)
    return Span(start, closing.end() if closing else end)


def _verified(words: Sequence[Token], known: Source) -> Match | None:
    if any(token.forms.isdisjoint(known.all) for token in words if token.text not in _BETWEEN):
        return None
    if found := _one(words, known):
        return found
    for place in _joints(words):
        left, right = words[:place], _without_joint(words[place:])
        first, second = _one(left, known), _verified(right, known)
        if first and second and first.whole and second.whole and _joined(first.stretch, second.stretch):
            return first
    return None


def _below(claim: str, known: Source, above: tuple[str, ...]) -> tuple[Match, bool] | None:
    """Return where a source says what a claim says below headings, and whether it says it of all that these name."""
    # Of a table the claim names the columns as well, and a heading may have the words of one.
    prose = replace(known, rows=())
    found = [(one, whole) for reading, whole in readings(claim, above) if (one := _verified(reading, prose))]
    return max(found, key=lambda one: one[1], default=None)


def _joined(first: Stretch, second: Stretch) -> bool:
    """Whether what is said of the first may be said of the second: items of two lists have no subject in common."""
    if not second.lead:
        return True
    return second.lead[0].start in (first.tokens[0].start, *(word.start for word in first.lead[:1]))


def _one(claim: Sequence[Token], known: Source) -> Match | None:
    """Return where one stretch, one list or one row says the whole of a claim."""
    if not (telling := len(_telling(claim))):
        return None
    found = (aligned(claim, stretch) for stretch in _holding(claim, known))
    if said := next((one for one in found if one and _proves(one, len(claim), telling)), None):
        return said
    if items := next(filter(None, (itemised(claim, listing) for listing in known.lists)), None):
        return items
    row = next((row for row in known.rows if told(claim, row)), None)
    return Match(Stretch(row.words), 0, len(row.words), whole=True, closed=True) if row else None


def _proves(found: Match, length: int, telling: int) -> bool:
    """Whether there are words enough to prove something: a few do if they are all that the source says there."""
    if found.whole and found.closed:
        return telling >= _FEWEST or length > _FEWEST
    return telling > _FEWEST if found.whole else telling >= _FEWEST and length >= _SHORTEST


def _holding(claim: Sequence[Token], known: Source) -> list[Stretch]:
    wanted = [token.forms for token in claim if token.text not in ("…", "...")]
    return [
        stretch
        for stretch, present in zip(known.stretches, known.forms, strict=True)
        if not any(one.isdisjoint(present) for one in wanted)
    ]


def _joints(words: Sequence[Token]) -> list[int]:
    """Return where a sentence may be two claims: behind a semicolon, and before `and` or `but`."""
    found = [
        place
        for place, word in enumerate(words)
        if _FEWEST <= place < len(words) - _FEWEST and (";" in word.before or word.text in JOINING - {"or", "nor"})
    ]
    return found[:_MOST_CLAIMS]


def _without_joint(words: Sequence[Token]) -> Sequence[Token]:
    return words[1:] if words[0].text in JOINING else words


def _telling(words: Sequence[Token]) -> list[Token]:
    return [word for word in words if word.number or not any(form.startswith("=") for form in word.forms)]


def _quoting(sentence: str, parts: Sequence[str], known: Source) -> Match | None:
    """Return where all quotations of a sentence stand, if around them is nothing but what introduces a quotation."""
    found = [next((one for held in known.stretches if (one := quoted(tokens(part), held))), None) for part in parts]
    whole = [one for one in found if one]
    if len(whole) < len(parts):
        return None
    around = tokens(_QUOTED.sub(lambda match: " " if match[1] in parts else match[0], sentence))
    labels = {form for one in whole for word in _label(one) for form in word.forms}
    return whole[0] if all(word.forms & _FRAME or word.forms & labels for word in around) else None


def _label(found: Match) -> list[Token]:
    """Return the numbers that a clause begins with."""
    start = found.stretch.line(found.start)
    return [word for word in found.stretch.tokens[start : start + 2] if word.number]


def _somewhere(quote: Sequence[Token], known: Source) -> bool:
    return any(quoted(quote, stretch) for stretch in _holding(quote, known)) if quote else False


def _nearest(sentence: str, words: Sequence[Token], text: str, known: Source) -> Support:
    """Return the sentence of the source, or the two, that have most of a sentence's words."""
    telling = _telling(words)
    best, core = _nothing(), tuple[Stretch, ...]((Stretch(()),))
    single = [one for one in known.stretches if one.tokens]
    for window in [*((one,) for one in single), *pairwise(single)]:
        present = frozenset[str]().union(*(one.forms for one in window))
        coverage = sum(not word.forms.isdisjoint(present) for word in telling) / len(telling) if telling else 0.0
        if coverage > best.coverage:
            ends = [place for one in window for place in (one.tokens[0].start, one.tokens[-1].end)]
            best, core = (
                Support(verdict="unsupported", span=_closed(text, min(ends), max(ends)), coverage=coverage),
                window,
            )
    claimed = any(
        _one(part, known) for place in _joints(words) for part in (words[:place], _without_joint(words[place:]))
    )
    near = best.coverage >= _ENOUGH and len(telling) >= _FEWEST and _agrees(sentence, words, core)
    return Support(verdict="partly" if claimed or near else "unsupported", span=best.span, coverage=best.coverage)


def _agrees(sentence: str, words: Sequence[Token], window: Sequence[Stretch]) -> bool:
    """Whether figures with their units, names, and negation are those of the source."""
    there = [word for one in window for word in one.tokens]
    pairs = [*pairwise(there)]
    for word, behind in pairwise([*words, None]):
        if word is None or not (word.number or _named(sentence, word)):
            continue
        if not any(word.meets(other) for other in there):
            return False
        if word.number and behind and not any(word.meets(one) and behind.meets(two) for one, two in pairs):
            return False
    core = max(window, key=lambda one: sum(any(word.meets(other) for other in one.tokens) for word in words))
    return _negations(words) == _negations(core.tokens)


def _named(sentence: str, word: Token) -> bool:
    spoken = sentence[word.start : word.end].split()
    return bool(word.start and spoken and spoken[-1][0].isupper())


def _negations(words: Sequence[Token]) -> bool:
    return any(word.text in NEGATIONS for word in words)
