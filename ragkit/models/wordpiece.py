"""Words that a BERT would not read."""

from tokenizers import Regex, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Sequence, Split

# The time for a part grows with the square of its length.
_PART = 25


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
