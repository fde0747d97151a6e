"""A message as rules see it: folded words with their places, and the atoms (words of patterns) that each stands for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

FUZZY = 7
"""Words of patterns with fewer letters than this must be typed without a slip, unless they are among `slippery`."""

STOPS = frozenset((".", "?"))

_SHORTEST = 4
_LONGEST = 24
_SENTENCE = 3
_ENDINGS = ("", "s", "ed", "ing", "en", "e")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[a-z]+|[.!?;\n]+|[,:()\u2014]|\s[-\u2013]+\s")
_REPEATED = re.compile(r"([a-df-np-z])\1+|(ee|oo)[eo]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u2018\u2019\u00b4\u02bc"))


@dataclass(frozen=True)
class Wording:
    """A text as tokens. Punctuation is a token too: "." or "?" for the end of a sentence, "," for anything less.

    `keys` are the words as they are compared, `at` their places counted in words, `atoms` what each stands for,
    and `index` the tokens at which an atom stands, in order.
    """

    words: tuple[str, ...]
    keys: tuple[str, ...]
    at: tuple[int, ...]
    atoms: tuple[frozenset[str], ...]
    index: Mapping[str, list[int]]


class Vocabulary:
    """The atoms of a set of rules: whole words, and stems that end in `*`.

    A long word, and one of `slippery`, is also found with one slip of the keyboard, unless it is one of `lookalikes`.
    """

    def __init__(
        self, atoms: Iterable[str], *, slippery: Collection[str] = (), lookalikes: Collection[str] = ()
    ) -> None:
        self._atoms = frozenset(atoms)
        self._lookalikes = frozenset(map(key, lookalikes))
        self._slips: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        short = frozenset(map(key, slippery))
        for atom in self._atoms:
            for form in _forms(atom, short):
                for part in _less_one(form):
                    self._slips[part].add((form, atom))

    def read(self, text: str) -> Wording:
        """Return the text as tokens. Takes time in proportion to its length, whatever it says."""
        words = tuple(map(_token, _TOKEN.findall(fold(text))))
        keys = tuple(map(key, words))
        known = {word: self._atoms_of(word) for word in set(keys)}
        index: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(keys):
            for atom in known[word]:
                index[atom].append(place)
        return Wording(words, keys, _places(words), tuple(known[word] for word in keys), dict(index))

    def _atoms_of(self, word: str) -> frozenset[str]:
        if len(word) > _LONGEST:
            return frozenset()
        found = self._atoms.intersection((word, *(f"{word[:end]}*" for end in range(1, len(word) + 1))))
        if found or len(word) < _SHORTEST or word in self._lookalikes:
            return found
        near = {pair for part in _less_one(word) for pair in self._slips.get(part, ())}
        return frozenset(atom for form, atom in near if _one_slip(form, word))


def fold(text: str) -> str:
    """Return the text in lower case, without accents, apostrophes and invisible characters."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_APOSTROPHES)
    seen = "".join(char for char in plain if unicodedata.category(char) not in ("Mn", "Cf"))
    return seen.replace("w/o", "without")


def key(word: str) -> str:
    """Return the word as it is compared: folded, each run of a letter as one letter. "Feel" stays unlike "fell"."""
    folded = fold(word)
    return _REPEATED.sub(r"\1\2", folded) if len(folded.rstrip("*")) > 3 else folded  # noqa: PLR2004


def _token(token: str) -> str:
    if token[0].isalnum():
        return token
    if "?" in token:
        return "?"
    return "." if token[0] in ".!;\n" else ","


def _places(words: Iterable[str]) -> tuple[int, ...]:
    places, place = [], 0
    for word in words:
        place += _SENTENCE if word in STOPS else 1
        places.append(place)
    return tuple(places)


def _forms(atom: str, short: Collection[str]) -> list[str]:
    stem = atom.removesuffix("*")
    forms = [stem + ending for ending in _ENDINGS] if atom.endswith("*") else [stem]
    return [form for form in forms if form.isalpha() and (min(len(stem), len(form)) >= FUZZY or form in short)]


def _less_one(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _one_slip(form: str, word: str) -> bool:
    """Whether a letter after the first was added, dropped, changed, or swapped with its neighbour."""
    shorter = min(len(form), len(word))
    same = next((place for place in range(shorter) if form[place] != word[place]), shorter)
    a, b = form[same:], word[same:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return same > 0 and (a[1:] == b or a == b[1:] or a[1:] == b[1:] or swapped)
