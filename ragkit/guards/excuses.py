"""When a match does not count: it is negated, long past, or only asked about. In doubt, it counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from ragkit.errors import ConfigError
from ragkit.guards.patterns import Span
from ragkit.guards.wording import STOPS, Wording, key

_YEAR = re.compile(r"19\d\d|20[01]\d")
_BREAKS = STOPS | {","}
_LIST = 5
_AFTER = 8
_VERB = 5
_QUESTION = 14
_FAR = 20
_PHRASE = 3


@dataclass(frozen=True, kw_only=True)
class Excuses:
    """The words that show it, in any order. No words, nothing is excused.

    - `negators` count when only `fillers` stand between them and the end of the match, or a list with one of
      `alternatives` ("or"), and the clause does not go on with one of `lifts` ("until", "like this");
      `doubles` just before a negator ("not without") undo it, and so do `strangers` within such a list.
    - The past counts when a verb of `past` stands in or shortly before the match, one of `times` (or a year before
      2020) in the same clause, and no word of `present` does. `joints` ("and") part clauses, as commas do.
      A phrase in these four lists (`lifts` too) has three words at most.
    - A question counts when its clause begins with one of `questions`, is short, and the text has none of `people`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    negators: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    alternatives: frozenset[str] = frozenset()
    doubles: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()
    lifts: frozenset[str] = frozenset()
    joints: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    def keyed(self) -> "Excuses":
        """Return the same words as they are compared with a text.

        Raises:
            ConfigError: a phrase is too long to be looked for.
        """
        looked_for = self.lifts | self.past | self.times | self.present
        long = next((phrase for phrase in sorted(looked_for) if len(phrase.split()) > _PHRASE), None)
        if long:
            raise ConfigError(f"{long!r} in [excuses] has more than {_PHRASE} words", setting="excuses", value=long)
        lists = {name: frozenset(map(phrase_key, value)) for name, value in vars(self).items()}
        return Excuses(**lists)


def phrase_key(phrase: str) -> str:
    """Return a phrase as it is compared."""
    return " ".join(map(key, phrase.split()))


def negated(spans: Sequence[Span], text: Wording, words: Excuses) -> bool:
    """Whether somebody says that the last part of the match is absent: "no chest pain", "not short of breath"."""
    last = max(spans)
    if text.keys[last[0]] in words.negators:
        return False
    inside = {place for start, end in spans for place in range(start, end)}
    place = last[0] - 1
    while place > last[0] - _FAR and place >= 0 and (place in inside or _fills(place, text, words)):
        place -= 1
    if place >= 0 and text.keys[place] in words.alternatives:
        place = _before_list(place, text, words)
    if place < 0 or text.keys[place] not in words.negators:
        return False
    undone = place > 0 and text.keys[place - 1] in words.doubles
    return not undone and not _has(words.lifts, _sentence_after(last[1], text))


def long_past(spans: Sequence[Span], text: Wording, words: Excuses) -> bool:
    """Whether the match is told as over for years: "had a stroke in 1998"."""
    start, end = min(spans)[0], max(stop for _, stop in spans)
    if not _has(words.past, text.keys[max(start - _VERB, 0) : end]):
        return False
    left, right = _clause(start, end, text, words)
    clause = text.keys[left:right]
    if any(part in words.joints or part in _BREAKS for part in clause) or _has(words.present, clause):
        return False
    when = _has(words.times, clause) or any(map(_YEAR.fullmatch, clause))
    return when and _has(words.past, text.keys[max(left, start - _VERB) : end])


def asked_about(spans: Sequence[Span], text: Wording, words: Excuses) -> bool:
    """Whether the match is the topic of a question that is about nobody: "what are the signs of a stroke?"."""
    start, end = min(spans)[0], max(stop for _, stop in spans)
    left, right = _clause(start, end, text, Excuses())
    clause = " ".join(text.keys[left:right]) + " "
    opening = next((opening for opening in words.questions if clause.startswith(opening + " ")), None)
    if opening is None or right - left > _QUESTION:
        return False
    rest = (*text.keys[:left], *text.keys[left + len(opening.split()) :])
    return words.people.isdisjoint(rest)


def _fills(place: int, text: Wording, words: Excuses) -> bool:
    return text.keys[place] in words.fillers or " ".join(text.keys[place : place + 2]) in words.fillers


def _before_list(place: int, text: Wording, words: Excuses) -> int:
    for earlier in range(place - 1, max(place - 1 - _LIST, -1), -1):
        word = text.keys[earlier]
        if word in words.negators:
            return earlier
        if word in words.strangers or word in words.joints or word in _BREAKS:
            return -1
    return -1


def _sentence_after(place: int, text: Wording) -> Sequence[str]:
    after = text.keys[place : place + _AFTER]
    return after[: next((count for count, word in enumerate(after) if word in STOPS), len(after))]


def _clause(start: int, end: int, text: Wording, words: Excuses) -> tuple[int, int]:
    bounds = _BREAKS | words.joints
    first, last = max(start - _FAR, 0), min(end + _FAR, len(text.keys))
    left = next((place + 1 for place in range(start - 1, first - 1, -1) if text.keys[place] in bounds), first)
    right = next((place for place in range(end, last) if text.keys[place] in bounds), last)
    return left, right


def _has(phrases: frozenset[str], keys: Sequence[str]) -> bool:
    longer = range(2, _PHRASE + 1)
    return not phrases.isdisjoint(keys) or not phrases.isdisjoint(
        " ".join(keys[at : at + length]) for at in range(len(keys)) for length in longer
    )
