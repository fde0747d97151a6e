"""What WordPiece does to a text's words: a BERT leaves out the longest, and counts each of them by itself."""

import re

from tokenizers import Regex, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Sequence, Split

# The time for a part grows with the square of its length.
_PART = 25
# Some 5 MB of words; of a longer word none is likely to come again.
_MOST_KEPT, _LONGEST_KEPT = 50_000, 40
# Between two of these a BERT's tokenizer always cuts. Of other white space some joins the words beside it.
_WORDS = re.compile(r"[^ \t\n\r!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")


def read_long_words(tokenizer: Tokenizer) -> None:
    """Let a WordPiece tokenizer read its longest words in parts; any other kind of tokenizer is left as it is.

    By itself it makes one [UNK] of a word of over 100 letters, and nothing of it reaches the vector: a line of
    hexadecimal digits, a file without line ends, or prose whose spaces a PDF has lost.
    """
    if not isinstance(tokenizer.model, WordPiece):
        return
    rest = tokenizer.model.max_input_chars_per_word + 1 - _PART
    parts = Split(Regex(f".{{{_PART}}}(?=.{{{rest}}})"), "isolated")
    before = tokenizer.pre_tokenizer
    tokenizer.pre_tokenizer = Sequence([before, parts]) if before else parts


class TokenCounts(dict[str, int]):
    """The tokens of single words, for a BERT's tokenizer: ten times as fast as making the tokens of the text anew."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._ends = len(tokenizer.encode(""))
        special = (re.escape(token.content) for token in tokenizer.get_added_tokens_decoder().values())
        self._special = re.compile("|".join(special) or "(?!)")

    def of(self, text: str) -> int:
        """Return how many tokens the text has, those at the ends included."""
        if self._special.search(text):
            # One token, whatever it is written with.
            return len(self._tokenizer.encode(readable(text)))
        return self._ends + sum(map(self.__getitem__, _WORDS.findall(text)))

    def __missing__(self, word: str) -> int:
        found = len(self._tokenizer.encode(readable(word), add_special_tokens=False))
        if len(self) >= _MOST_KEPT:
            self.clear()
        if len(word) <= _LONGEST_KEPT:
            self[word] = found
        return found


def readable(text: str) -> str:
    """Return what a tokenizer takes for text: not a lone surrogate, as a broken file name or PDF leaves it."""
    return text.encode("utf-8", "replace").decode()
