"""Scripts that an embedder does not read are told from those that it does."""

import pytest

from ragkit.models.embedding.embedder import Vectors
from ragkit.models.embedding.embedder_tokens import most_tokens
from ragkit.models.embedding.scripts import Scripts
from ragkit.testing import WordEmbeddings

THAI, RUSSIAN, KOREAN = "ค่าจัดส่งเท่าไหร่", "Какова стоимость доставки?", "배송비는 얼마인가요?"


class Confusing(WordEmbeddings):
    """Has one word for all that is not in Latin letters."""

    def embed_query(self, text: str) -> Vectors:
        return super().embed_query(" ".join(word if word.isascii() else "unknown" for word in text.split()))


class Spelling(WordEmbeddings):
    """Has a token for each letter that is not Latin."""

    def count_tokens(self, text: str) -> int:
        return sum(1 if word.isascii() else len(word) for word in text.split())


class Estimating(WordEmbeddings):
    """Does not know its model's tokens."""

    def count_tokens(self, text: str) -> int:
        return most_tokens(text)


class Counting(WordEmbeddings):
    """Counts what it embeds."""

    asked = 0

    def embed_query(self, text: str) -> Vectors:
        self.asked += 1
        return super().embed_query(text)


@pytest.mark.parametrize("text", [THAI, RUSSIAN, KOREAN])
def test_a_script_whose_words_are_all_the_same_is_not_read(text: str) -> None:
    # Broken on purpose: `_confuses` always false.
    assert not Scripts(Confusing()).reads(text)


@pytest.mark.parametrize("text", [RUSSIAN, KOREAN])
def test_a_script_that_is_spelled_letter_by_letter_is_not_read(text: str) -> None:
    # Broken on purpose: `_spells` always false.
    assert not Scripts(Spelling()).reads(text)


@pytest.mark.parametrize("embedder", [WordEmbeddings(), Estimating()])
@pytest.mark.parametrize(
    "text", [THAI, RUSSIAN, KOREAN, "送料はいくらですか", "Was kostet die Lieferung für Öl?", "", "42"]
)
def test_an_embedder_that_has_words_or_only_estimates_reads_all(embedder: WordEmbeddings, text: str) -> None:
    assert Scripts(embedder).reads(text)


@pytest.mark.parametrize("embedder", [Confusing(), Spelling()])
@pytest.mark.parametrize("text", ["运费多少钱", "送料はいくらですか"])
def test_of_chinese_and_japanese_it_is_not_told(embedder: WordEmbeddings, text: str) -> None:
    # Broken on purpose: _UNTOLD is empty.
    assert Scripts(embedder).reads(text)


def test_a_foreign_name_in_a_question_does_not_keep_it_from_being_read() -> None:
    # Broken on purpose: `reads` without the factor of two.
    assert Scripts(Confusing()).reads("How long does a delivery to กรุงเทพ take?")


def test_one_letter_tells_nothing_about_its_script() -> None:
    scripts = Scripts(Confusing())
    assert scripts.reads("ж")
    assert not scripts.reads("Какова стоимость?")


def test_a_script_is_tried_once_and_latin_never() -> None:
    embedder = Counting()
    scripts = Scripts(embedder)
    for text in (RUSSIAN, "Кто председатель?", "Who is in the chair?"):
        scripts.reads(text)
    assert embedder.asked == 2
