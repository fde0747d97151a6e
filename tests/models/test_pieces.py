"""Words that an embedder has whole are told from those that it takes to pieces."""

import pytest

from ragkit.models.embedding.embedder_tokens import most_tokens
from ragkit.models.embedding.pieces import Pieces
from ragkit.testing import WordEmbeddings


class Halves(WordEmbeddings):
    """Has words of up to four letters whole, longer ones in two, and adds two tokens to each text."""

    def count_tokens(self, text: str) -> int:
        return 2 + sum(1 + (len(word) > 4) for word in text.split())


class Estimate(WordEmbeddings):
    """Doesn't know its model's tokens."""

    def count_tokens(self, text: str) -> int:
        return len(text)


class OwnEstimate(WordEmbeddings):
    """Has a tokenizer that is out of reach, as those of Ollama's models are."""

    def count_tokens(self, text: str) -> int:
        return most_tokens(text)


def test_what_the_embedder_adds_to_a_text_is_no_piece() -> None:
    pieces = Pieces(Halves())
    assert [pieces.of(word) for word in ("cup", "kettle")] == [1, 2]
    assert [pieces.knows(word) for word in ("cup", "kettle")] == [True, False]


def test_the_mean_is_over_the_words_of_all_texts_and_parts_them_at_underscores() -> None:
    assert Pieces(Halves()).mean(["a cup,", "the kettle!", "red_kettle"]) == pytest.approx(8 / 6)
    assert Pieces(Halves()).mean([]) == Pieces(Halves()).mean(["..."]) == 1


def test_of_one_that_estimates_every_word_is_whole() -> None:
    pieces = Pieces(Estimate())
    assert (pieces.of("kettle"), pieces.knows("cup"), pieces.mean(["kettle"])) == (1, False, 1.0)


def test_of_one_that_takes_the_estimate_of_this_library_every_word_is_whole() -> None:
    # Broken on purpose: _WORD of `pieces` is "the", which is estimated right.
    pieces = Pieces(OwnEstimate())
    assert (pieces.of("kettle"), pieces.mean(["the refund of a kettle"])) == (1, 1.0)


def test_one_that_has_every_word_whole_knows_none_better_than_others() -> None:
    pieces = Pieces(WordEmbeddings())
    assert (pieces.of("kettle"), pieces.knows("cup"), pieces.mean(["kettle"])) == (1, False, 1.0)
