"""Bytes of unknown encoding come out as the letters that were written."""

import pytest

from ragkit.parsing.readers.plain import decode

WRITTEN = {
    "French": ("Le café coûte 3,50 €. L'été était très chaud à Genève.", "cp1252"),
    "Portuguese": ("O João comprou um café. A instalação não está disponível.", "cp1252"),
    "Swedish": ("Kvinnan åt köttbullar på Åland. Öl är gott.", "cp1252"),
    "German": ("Größe;Länge;Höhe\n1;2;3\n", "cp1252"),
    "Polish": ("Zażółć gęślą jaźń. Proszę zapłacić fakturę do piątku.", "cp1250"),
    "Turkish": ("Ödeme için teşekkür ederiz, lütfen dikkat ediniz: görüşme bugün öğleden sonra.", "cp1254"),
    "Russian": ("Пожалуйста, оплатите счёт до пятницы.", "cp1251"),
    "Greek": ("Παρακαλώ πληρώστε τον λογαριασμό.", "cp1253"),
    "Hebrew": ("נא לשלם את החשבון עד יום שישי.", "cp1255"),
    "Japanese": ("日本語のテキストです。料金は千円です。", "shift_jis"),
    "Korean": ("요금은 매월 첫날에 지불합니다.", "euc_kr"),
    "a name alone": ("Zürich", "cp1252"),
}


@pytest.mark.parametrize("language", WRITTEN)
def test_an_old_encoding_is_told_by_its_text(language: str) -> None:
    text, encoding = WRITTEN[language]
    assert decode(text.encode(encoding)) == text


def test_a_stray_byte_spoils_nothing_around_it() -> None:
    # Broken on purpose: `_mostly_utf8` left out reads every umlaut as two letters.
    assert decode("Größe und Übung, ".encode() + "Müller".encode("cp1252")) == "Größe und Übung, Müller"


def test_a_letter_that_was_cut_off_spoils_nothing_before_it() -> None:
    assert decode("Größe und Übu".encode() + "ß".encode()[:1]).startswith("Größe und Übu")


def test_what_is_declared_wins_over_a_guess() -> None:
    assert decode("Zażółć".encode("iso-8859-2"), declared="iso-8859-2") == "Zażółć"


@pytest.mark.parametrize("name", ["", "no-such-encoding"])
def test_any_bytes_can_be_read(name: str) -> None:
    assert decode(bytes(range(1, 256)), declared=name)
