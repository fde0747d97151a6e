import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from ragkit.models.embedding.wordpiece import WordTokens, read_long_words
from ragkit.text.encodable import encodable

pytestmark = pytest.mark.usefixtures("socket_disabled")
SPECIAL = ["[UNK]", "[CLS]", "[SEP]"]
PIECES = ["rent", "##al", "lease", "e", "x", "##x", "押", ".", "-", "[", "]", "cls"]
# White space that joins words and white space that parts them, marks that are taken off, what is read as one token.
PARTS = [*"abex.-_'[]! \t\n\r\x0b\x0c\x1c\x85\xa0\u200b\u2028\u3000\u0301\u0338\ud800Σ押金ﬁ≮İ가😀", *SPECIAL]
PARTS += ["rent", "Rental", "lease", "[ SEP ]", "x" * 130]


@pytest.fixture(scope="module")
def bert() -> Tokenizer:
    vocabulary = {piece: number for number, piece in enumerate(SPECIAL + PIECES)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.add_special_tokens(SPECIAL)
    read_long_words(tokenizer)
    return tokenizer


# Broken on purpose: `_JOINING` as "" (a vertical tab joins two words), `_first` and `_last` exchanged, and `special` as
# [] (a marker is one token, not three).
@settings(max_examples=400, deadline=None)
@given(text=st.lists(st.sampled_from(PARTS), max_size=20).map("".join))
def test_the_words_together_have_the_tokens_of_the_text(bert: Tokenizer, text: str) -> None:
    tokens = WordTokens(bert)
    assert tokens.of(text) == bert.encode(encodable(text)).ids
    assert tokens.count(text) == len(tokens.of(text))


def test_only_so_many_words_are_kept_and_no_long_ones(bert: Tokenizer) -> None:
    kept = WordTokens(bert)
    assert kept.count(" ".join(map(str, range(60_000)))) == 60_002
    assert kept.count("x" * 1000) == 1002
    for texts in (kept.words, kept.parts):
        assert len(texts) <= 50_000
        assert max(map(len, texts)) <= 40
