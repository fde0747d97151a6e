"""A word of a question that no chunk has is read as the nearest one that the chunks have, or as what it abbreviates."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice

# Shorter words have too many neighbours. From eight letters on two slips leave no doubt, but for a word made of known
# ones: "overload" is no "overlap".
_SHORTEST, _LONG = 5, 8
_TRIED = 20
# Two letters begin the words of too many names.
_FEWEST_INITIALS, _MOST_INITIALS = 3, 6
# What a word counts that was not written.
TRUST = 0.75

Near = Callable[[str, int], Iterable[tuple[str, int, int]]]


def spelled(words: Iterable[str], *, near: Near, is_known: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """Return for the words that are misspelt what they are read as. A word without a near one is not there.

    `near` gives the words that so many slips turn into one, the nearest first, each with its number of slips and how
    many chunks have it. What `is_known` to be a word is not misspelt.
    """
    found = {}
    for word in words:
        if word.isalpha() and len(word) >= _SHORTEST and not is_known(word):
            slips = 1 if len(word) < _LONG or _is_compound(word, is_known) else 2
            if right := _nearest(word, near, slips):
                found[word] = right
    return found


def may_abbreviate(word: str) -> bool:
    """Whether each letter of a word may stand for a word."""
    return word.isalpha() and _FEWEST_INITIALS <= len(word) <= _MOST_INITIALS


def abbreviated(words: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return for the words whose letters begin the words of a name what they stand for: NDA, non-disclosure agreement.

    `names` are titles or headings, of which that is the beginning or the end. Of two meanings none is taken.
    """
    wanted = set(words)
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for name in {name.lower() for name in names}:
        parts = list(re.finditer(r"[^\W\d_]+", name))
        initials = "".join(part[0][0] for part in parts)
        for word in wanted:
            for place in (0, len(parts) - len(word)):
                if initials[max(place, 0) :].startswith(word):
                    meant[word].add(name[parts[place].start() : parts[place + len(word) - 1].end()])
    return {word: found.pop() for word, found in meant.items() if len(found) == 1}


def corrected(query: str, spelled: Mapping[str, str]) -> str:
    """Return the query with the words that were meant."""
    return re.sub(r"\w+", lambda match: spelled.get(match[0].lower(), match[0]), query)


def unknown_words(query: str, words: Iterable[str], known: AbstractSet[str], exact: Iterable[str]) -> list[str]:
    """Return those of the words that are not known, but for those that are asked for word for word."""
    spared: AbstractSet[str] = {word for text in exact for word in re.findall(r"\w+", text.lower())}
    there = set(re.findall(r"\w+", query.lower()))
    return [word for word in words if word not in known and word in there - spared]


def _is_compound(word: str, is_known: Callable[[str], bool]) -> bool:
    return any(is_known(word[:place]) and is_known(word[place:]) for place in range(2, len(word) - 1))


def _nearest(word: str, near: Near, slips: int) -> str | None:
    """Return the nearest word, of equally near ones the commonest; the first letter is at most swapped."""
    begun = (each for each in near(word, slips) if each[0][0] in word[:2])
    return min(islice(begun, _TRIED), key=lambda each: (each[1], -each[2], each[0]), default=(None,))[0]
