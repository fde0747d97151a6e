"""Into how many pieces an embedder takes words: those that it knows are whole."""

import re
from collections.abc import Iterable

from ragkit.models.embedding.embedder import Embedder

_NO_WORD = "zqxjkvbwz"
# Every tokenizer has it whole. What only estimates counts two.
_WORD = "with"
# A BERT's tokenizer parts words at underscores, too.
_WORDS = re.compile(r"[^\W_]+")


class Pieces:
    """Counts them by what an embedder counts as tokens. One that only estimates tokens has every word whole."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def of(self, word: str) -> int:
        """Return into how many tokens the embedder takes a word."""
        ends = self._embedder.count_tokens("")
        if self._embedder.count_tokens(_WORD) - ends != 1:
            return 1
        return self._embedder.count_tokens(word) - ends

    def knows(self, word: str) -> bool:
        """Whether the embedder has the word as a whole, as it has all common ones; no, if it has every word so."""
        return self.of(word) == 1 < self.of(_NO_WORD)

    def mean(self, texts: Iterable[str]) -> float:
        """Return how many pieces a word of these texts has on average; 1 if there are no words."""
        words = [word for text in texts for word in _WORDS.findall(text)]
        return self.of(" ".join(words)) / len(words) if words and self.knows(_WORD) else 1.0
