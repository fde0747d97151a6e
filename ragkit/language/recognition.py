"""Which language a text has: by its short words, so that it costs nothing, and only where it is sure.

Detectors with a model were tried: they know more languages, and their weights take up to 100 MB and seconds to load.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from ragkit.language.messages import Messages, shipped

# What is quoted may be of any language. "l'article" is two words, of which "l'" tells.
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»")
_APOSTROPHE = {0x2019: "'"}
# Not the letter of a code: "A0", "E4".
_WORD = re.compile(r"\b[^\W\d_]+\b'?")
# A word of one language alone counts 1, one that several share a part of it.
_LETTERS = 0.5
# With these, 2 of 28,785 English questions of four public sets are taken for another language, and a half to four
# fifths of short lines in the six others for their own; docs/benchmarks.md has the figures.
_LEAST, _TIMES = 1.2, 1.5


class Recogniser:
    """Tells languages from each other by the words and letters that their messages name."""

    def __init__(self, languages: Mapping[str, Messages]) -> None:
        self._words = {code: frozenset(each.words.split()) for code, each in languages.items()}
        self._letters = {code: each.letters.split() for code, each in languages.items()}
        self._shared = Counter(word for words in self._words.values() for word in words)

    def language(self, text: str) -> str:
        """Return the code of the language; empty where it is not sure, as of a name or of one word."""
        plain = _QUOTED.sub(" ", text.lower().translate(_APOSTROPHE))
        scores = dict.fromkeys(self._words, 0.0)
        for word in _WORD.findall(plain):
            known = word if word in self._shared else word.rstrip("'")
            for code, words in self._words.items():
                scores[code] += (known in words) / (self._shared[known] or 1)
        for code, letters in self._letters.items():
            scores[code] += _LETTERS * any(each in plain for each in letters)
        first, second = sorted(scores, key=lambda code: -scores[code])[:2]
        sure = scores[first] >= _LEAST and scores[first] >= _TIMES * scores[second]
        return first if sure else ""

    def last(self, questions: Sequence[str]) -> str:
        """Return the language of the last question that shows one; empty if none does."""
        return next((code for text in reversed(questions) if (code := self.language(text))), "")


@cache
def recogniser() -> Recogniser:
    """Return what knows the languages that come with ragkit."""
    return Recogniser(shipped())


def languages(texts: Iterable[str]) -> frozenset[str]:
    """Return the languages that come with ragkit and that the texts are in, as far as they show one."""
    return frozenset(code for text in texts if (code := recogniser().language(text)))
