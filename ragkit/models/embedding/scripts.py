"""Which scripts an embedder reads: those whose words it does not know say nothing to it."""

import re
import unicodedata
from collections import Counter

import numpy as np

from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.pieces import Pieces
from ragkit.text.unspaced import is_unspaced

# Latin letters come first, and every embedder reads them.
_FIRST_OTHER = "\u0370"
_WORDS = re.compile(r"[^\W\d_]+")
# An embedder that was trained on a language takes it to pieces of two letters and more.
_PIECES_OF_A_LETTER = 0.75
_SAME = 1e-4
# Those that read them spell them as well as those that don't.
_UNTOLD = frozenset({"CJK", "HIRAGANA", "KATAKANA"})


class Scripts:
    """Tries an embedder on each script when it first comes. Serves any number of threads.

    A script is read unless its words are spelled letter by letter, or all the same to the embedder whatever they say.
    Of Chinese and Japanese that can't be told, and they are taken to be read.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._pieces = Pieces(embedder)
        self._read: dict[str, bool] = {}

    def reads(self, text: str) -> bool:
        """Return whether the embedder reads the scripts of most letters of a text; yes, if there are none.

        Raises:
            ModelUnavailable: a script is new, and the embedder can't be reached or loaded.
        """
        others = Counter(_script(letter) for letter in text if letter >= _FIRST_OTHER and letter.isalpha())
        unread = sum(count for script, count in others.items() if not self._reads(script, text))
        return 2 * unread <= sum(letter.isalpha() for letter in text)

    def _reads(self, script: str, text: str) -> bool:
        if script in _UNTOLD:
            return True
        if script not in self._read:
            words = [word for word in _WORDS.findall(text) if any(_script(letter) == script for letter in word)]
            turned = [word[::-1] for word in words]
            if words == turned:
                # One letter tells nothing.
                return True
            self._read[script] = not (self._spells(words) or self._confuses(words, turned))
        return self._read[script]

    def _spells(self, words: list[str]) -> bool:
        written, letters = " ".join(words), sum(map(len, words))
        return not is_unspaced(written) and self._pieces.of(written) > _PIECES_OF_A_LETTER * letters

    def _confuses(self, words: list[str], turned: list[str]) -> bool:
        as_written, backwards = (self._embedder.embed_query(" ".join(each)) for each in (words, turned))
        return np.allclose(as_written, backwards, atol=_SAME)


def _script(letter: str) -> str:
    """Return what Unicode's names of a script's letters begin with, as THAI."""
    return unicodedata.name(letter, "").partition(" ")[0]
