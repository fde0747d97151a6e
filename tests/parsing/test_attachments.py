"""What is attached to a mail is read as a part of it."""

from email.message import EmailMessage

import docx
import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import body, parsed, pdf, saved, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")


def mail(text: str = "See below.", subject: str = "Lease") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text)
    return message


def attach(message: EmailMessage, name: str, content: bytes, media_type: str = "application/octet-stream") -> None:
    main, sub = media_type.split("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)


# Broken on purpose: `page=0` left out of `_below` (the notes stand on page 1 of the PDF).
def test_each_attachment_stands_below_its_name_with_its_own_headings_and_pages(parser: Parser) -> None:
    message, word = mail(), docx.Document()
    word.add_heading("Deposit", 1)
    word.add_paragraph("Two rents.")
    attach(message, "lease.pdf", pdf([("Rent", 20.0, False), *body("The tenant pays on the first day.")]))
    attach(message, "notes.docx", saved(word))
    assert sections(parsed(parser, "a.eml", message.as_bytes()))[1:] == [
        ("Attachment: lease.pdf", None, "Attachment: lease.pdf"),
        ("Attachment: lease.pdf > Rent", 1, "Rent\n\nThe tenant pays on the first day."),
        ("Attachment: notes.docx", None, "Attachment: notes.docx"),
        ("Attachment: notes.docx > Deposit", None, "Deposit\n\nTwo rents."),
    ]


# Broken on purpose: `guarded` left out of `_read`; `except Unreadable` left out.
def test_an_attachment_that_cannot_be_read_costs_itself_alone(parser: Parser) -> None:
    message = mail()
    attach(message, "a.docx", b"PK\x03\x04 no zip")
    attach(message, "a.mp3", b"ID3\x00\x00")
    attach(message, "a.bin", b"key")
    attach(message, "a.csv", b"Fee,5\n", "text/csv")
    document = parsed(parser, "a.eml", message.as_bytes())
    assert document.text.endswith("See below.\n\nAttachment: a.csv\n\nFee | 5")
    assert (document.metadata["attachments"], document.metadata["attachments_unread"]) == (4, 3)


def test_an_attached_mail_is_read_with_what_is_attached_to_it(parser: Parser) -> None:
    inner, outer = mail("The older one.", "Old"), mail()
    attach(inner, "a.txt", b"Within.", "text/plain")
    outer.add_attachment(inner)
    assert sections(parsed(parser, "a.eml", outer.as_bytes()))[-1][::2] == (
        "Attachment: Old > Attachment: a.txt",
        "Attachment: a.txt\n\nWithin.",
    )


@pytest.mark.timeout(60)
def test_mails_within_mails_and_files_have_an_end(parser: Parser) -> None:
    # Broken on purpose: `depth == _DEEPEST` left out of `_read`; `[:_MOST]` left out of `_mail`.
    message = mail("Level 0.")
    for level in range(1, 8):
        outer = mail(f"Level {level}.")
        outer.add_attachment(message)
        message = outer
    text = parsed(parser, "a.eml", message.as_bytes()).text
    assert [level for level in range(8) if f"Level {level}." in text] == [4, 5, 6, 7]
    many = mail()
    for number in range(120):
        attach(many, f"{number}.txt", b"Note.", "text/plain")
    assert parsed(parser, "a.eml", many.as_bytes()).metadata["attachments_unread"] == 20


def test_a_picture_that_the_mail_shows_is_not_read(parser: Parser) -> None:
    message = mail()
    message.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    document = parsed(parser, "a.eml", message.as_bytes())
    assert (document.parser, document.metadata["attachments_unread"]) == ("eml 6", 1)
