"""Sentences of several languages, with the offsets that quotes rest on."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.text.sentences import sentences

# The sentences of each line are parted by a bar.
ENGLISH = """
See e.g. the annex.|It is short.
Dr. Smith and Mr. J. R. Jones met.|They agreed.
He lives in the U.S.|She does not.
The U.S. government agreed.|It paid.
Clause No. 5 applies.|No. 6 does not.
Is it late?|No.|It is early.
Pay 1,000.50 EUR by 31.12.2024.|Then stop.
Visit https://example.com/a.b?x=1.|Install version 2.3.1.|Then restart.
It opens at 9 a.m. and closes at 5 p.m.|We leave then.
Acme Inc. sells shoes, pens, etc. in town.
The cost is approx. 5 euros.|See p. 12 and pp. 13-15.
(a) the tenant pays.|(b) the landlord repairs.
iii. the tenant pays.|It is due.
iv. The tenant pays.
- 2. The tenant pays.
§ 3. The tenant pays.
Take vitamin C.|It helps.
It was 39.5 °C.|Call a doctor.
Wait... what is it?|Nothing.
The assay labels cells.|iPS cells do well.|p53 does not.
i wrote to you.|then i waited.
"""
GERMAN = """
Das gilt z. B. für Mieter.|Es gilt nicht für Gäste.
Gemäß § 5 Abs. 3 Nr. 2 ist das so.|Punkt.
Am 31. März ist Schluss.|Die 2. Auflage ist neu.
Die Frist endet am 31.12.2024.|Danach ist es zu spät.
Kinder, Hunde usw. sind erlaubt.|Ggf. zahlen Sie.
Im 19. Jahrhundert war es so.|Er kam am 5. und ging.
"""
FRENCH = """
M. Dupont et Mme. Durand sont là.|Ils parlent.
Voir p. ex. l'annexe.|L'art. 5 s'applique.|Il est clair.
Il est env. 5 heures.|Est-ce vrai ?|Oui.
"""
SPANISH = """
El Sr. López y la Sra. Díaz firman.|Pagan.
Véase p. ej. el anexo.|El art. 5 se aplica.
Los EE. UU. pagan.|Cuesta aprox. 5 euros.
"""

# With a space behind their marks, and without.
OTHERS = {
    "Chinese": ["退款需要三十天。", "运费是五十元！", "为什么？", "“是的。”", "他说。"],  # noqa: RUF001
    "Japanese": ["「はい。」", "送料は五百円です。"],
    "Hindi": ["शुल्क पचास रुपये है।", "दो दिन लगते हैं॥", "क्यों?"],
    "Urdu": ["فیس پچاس روپے ہے۔", "کیوں؟", "دو دن لگتے ہیں۔"],  # noqa: RUF001
    "Burmese": ["နှစ်ရက် ကြာပါသည်။", "ငွေသုံးထောင် ဖြစ်ပါသည်။"],
    "Khmer": ["ចំណាយពេលពីរថ្ងៃ។", "ប្រាំពាន់រៀល៕"],
    "Amharic": ["ሁለት ቀን ይወስዳል።", "ለምን፧", "ሃምሳ ብር ነው።"],
}


# Broken on purpose: any mark left out of STOPS and QUESTIONS, and the brackets of _ENDS behind them.
@pytest.mark.parametrize("between", ["", " "])
@pytest.mark.parametrize("parts", OTHERS.values(), ids=OTHERS)
def test_marks_of_other_scripts_end_sentences(parts: list[str], between: str) -> None:
    # A question mark of Latin needs a space behind it.
    text = between.join(parts).replace("?", "? ").strip()
    assert [text[span.start : span.end] for span in sentences(text)] == parts


# Broken on purpose: with `_goes_on` always false 23 of these fail.
@pytest.mark.parametrize("line", (ENGLISH + GERMAN + FRENCH + SPANISH).split("\n"))
def test_a_full_stop_within_a_sentence_does_not_end_it(line: str) -> None:
    text = line.replace("|", " ")
    assert [text[span.start : span.end] for span in sentences(text)] == [part for part in line.split("|") if part]


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("aB1 .!?…\n\t(\"°§-Niv'é。")))
def test_sentences_have_all_of_a_text_but_white_space_once_and_in_order(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[span.start : span.end].split()) for span in spans) == "".join(text.split())
    assert all(before.end <= after.start for before, after in pairwise(spans))
