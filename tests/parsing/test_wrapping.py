"""Plain text whose prose was broken to fit a width is read by the sentence, and what means its lines keeps them."""

import pytest

from ragkit.parsing.readers.mail import read_eml
from ragkit.parsing.readers.plain import read_text
from ragkit.text.sentences import sentences

NOTICE = """\
TERMS OF THE LOAN
=================
A book is lent for twenty-eight days from the day on which it is fetched, and
180 days if nobody else has asked for it. Whoever brings it back later pays
ten cents a day (nothing on days
on which the house is shut).

- Maps and newspapers are read in the house and may be copied there without
  charge.
- Films are lent for a week.

The desk is open on
  Monday      9 to 12
  Thursday    14 to 18
"""
VERSE = """\
The kettle sang upon the hob, and nobody would hear it,
The cat lay down beside the clock as if it meant to cheer it,
And all the books upon the shelf were leaning very near it."""
ADDRESS = """\
The Lending Library of the Northern Harbour Quarter
Fourth Floor, Old Customs House, 12 Ropewalk Street
Westermouth"""
CODE = """\
def lend(book, reader, days=28):
    if book.is_map or book.is_newspaper or reader.is_barred_from_lending:
        raise NotLent(f"{book.title} is read in the house and nowhere else")
    reader.books.append(book)
    return due_date(today() + timedelta(days=days), closed=house.closed_days)
"""


def text_of(body: str) -> str:
    [block] = read_text(body.encode()).blocks
    return block.text


def test_sentences_of_wrapped_prose_are_whole() -> None:
    # Broken on purpose: without `unwrapped` the first sentence ends behind "and".
    text = text_of(NOTICE)
    said = [text[span.start : span.end] for span in sentences(text)]
    assert said[2].endswith("is fetched, and 180 days if nobody else has asked for it.")
    assert said[3] == "Whoever brings it back later pays ten cents a day (nothing on days"
    assert "- Maps and newspapers are read in the house and may be copied there without charge." in said


def test_headings_lists_and_columns_keep_their_lines() -> None:
    text = text_of(NOTICE)
    assert text.startswith("TERMS OF THE LOAN\n=================\nA book")
    assert text.endswith("The desk is open on\n  Monday      9 to 12\n  Thursday    14 to 18")
    assert "copied there without charge.\n- Films are lent for a week." in text


@pytest.mark.parametrize("text", [VERSE, ADDRESS, CODE.strip(), "One line.", ""])
def test_what_means_its_lines_keeps_them(text: str) -> None:
    # Broken on purpose: without the count of small letters the verse is one line, without `_is_prose` the code is.
    assert "".join(block.text for block in read_text(text.encode()).blocks) == text


def test_a_word_broken_at_its_own_hyphen_is_whole() -> None:
    text = text_of("Readers who have moved away may ask the desk for a long-\nterm loan, which the desk may refuse.")
    assert "a long-term loan" in text


def test_the_prose_of_a_mail_and_of_what_it_quotes_is_whole() -> None:
    body = """\
Subject: Loans
From: a@x.example

We lend books for twenty-eight days from the day on which they are
fetched from the desk.

> May I keep the atlas of the northern harbours until the first of
> next month?
"""
    whole = "\n".join(block.text for block in read_eml(body.encode()).blocks)
    assert "on which they are fetched from the desk." in whole
    assert "until the first of next month?" in whole
