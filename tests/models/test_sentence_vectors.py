from collections.abc import Sequence

import numpy as np

from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.sentence_vectors import SentenceVectors
from ragkit.testing import WordEmbeddings


class Quick(WordEmbeddings):
    """Has a quicker way, and counts its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.quick = 0

    def embed_sentences(self, texts: Sequence[str]) -> Vectors:
        self.quick += len(texts)
        return np.stack([self.embed_query(text) for text in texts])


def test_a_sentence_is_embedded_once() -> None:
    # Broken on purpose: `known = {}` in `of`.
    words = WordEmbeddings()
    vectors = SentenceVectors(words)
    first = vectors.of(["Rent is due.", "Pay it.", "Rent is due."])
    again = vectors.of(["Pay it.", "Rent is due."])
    assert (words.embedded, first.shape) == (2, (3, 64))
    assert np.array_equal(again, first[1:])


def test_those_used_last_are_kept_and_no_more() -> None:
    words = WordEmbeddings()
    vectors = SentenceVectors(words, most=2)
    for texts in (["a", "b"], ["a"], ["c"], ["a"], ["b"]):
        vectors.of(texts)
    assert words.embedded == 4


def test_more_at_once_than_are_kept_still_come_in_order() -> None:
    vectors = SentenceVectors(WordEmbeddings(), most=1).of(["a", "b", "c"])
    assert np.array_equal(vectors, WordEmbeddings().embed_documents(["a", "b", "c"]))
    assert SentenceVectors(WordEmbeddings()).of([]).shape == (0, 64)


def test_an_embedder_that_has_a_quicker_way_is_asked_that_way() -> None:
    quick = Quick()
    SentenceVectors(quick).of(["Rent is due.", "Pay it."])
    assert (quick.quick, quick.embedded) == (2, 0)


def test_what_is_over_the_window_counts_no_more() -> None:
    assert SentenceVectors(WordEmbeddings(window=4)).of(["a b c d e f g h"]).shape == (1, 64)
