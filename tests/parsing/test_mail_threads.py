"""Earlier mails within a mail stand below a heading that says whose they are."""

import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import parsed, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")

HEADER = "Subject: Re: Fee\nFrom: Ann <ann@example.org>\nContent-Type: {}; charset=utf-8\n\n"
REPLY = """Five euros.

On Mon, 4 Mar 2024 at 09:00, Bob <bob@example.org>
wrote:
> How much is it?
>
> On Fri, 1 Mar 2024, Ann <ann@example.org> wrote:
>> There is a fee.
"""
OUTLOOK = """<p>Five euros.</p><div><p><b>Von:</b> Bob &lt;bob@example.org&gt;<br
><b>Gesendet:</b> Montag, 4. März 2024<br><b>An:</b> Ann; Eve<br><b>Betreff:</b> Fee</p></div><p>How much is it?</p>"""
GMAIL = """<div>Five euros.</div><div class="gmail_quote"><div class="gmail_attr">Le lun. 4 mars 2024 à 09:00, Bob
&lt;<a href="mailto:bob@example.org">bob@example.org</a>&gt; a écrit :<br></div><blockquote
>How much is it?</blockquote></div>"""


def mail(parser: Parser, body: str, kind: str = "text/plain") -> list[tuple[str, str]]:
    found = sections(parsed(parser, "a.eml", HEADER.format(kind) + body))
    return [(heading, text.removeprefix(heading).strip()) for heading, _, text in found[1:]]


def test_a_quoted_mail_at_the_end_is_that_of_its_writer_and_loses_its_marks(parser: Parser) -> None:
    # Broken on purpose: `_QUOTED` replaced by nothing leaves one section with marks in it.
    assert mail(parser, REPLY) == [
        ("On Mon, 4 Mar 2024 at 09:00, Bob <bob@example.org> wrote:", "How much is it?"),
        ("On Fri, 1 Mar 2024, Ann <ann@example.org> wrote:", "There is a fee."),
    ]


def test_a_quotation_that_is_answered_in_its_place_stays_there(parser: Parser) -> None:
    assert mail(parser, "On 4 Mar 2024 Bob wrote:\n> How much is it?\nFive euros.\n") == []


def test_the_header_that_outlook_puts_over_an_earlier_mail_is_its_heading(parser: Parser) -> None:
    heading = "Von: Bob <bob@example.org> Gesendet: Montag, 4. März 2024"
    assert mail(parser, OUTLOOK, "text/html") == [(heading, "An: Ann; Eve\nBetreff: Fee\n\nHow much is it?")]


def test_a_line_between_the_mails_goes_with_the_header(parser: Parser) -> None:
    old = "Five.\n\n-----Original Message-----\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: Fee\n\nHow much is it?\n"
    assert mail(parser, old) == [("From: Bob Sent: Monday", "To: Ann\nSubject: Fee\n\nHow much is it?")]


def test_who_wrote_is_told_in_other_languages(parser: Parser) -> None:
    heading = "Le lun. 4 mars 2024 à 09:00, Bob <bob@example.org> a écrit :"
    assert mail(parser, GMAIL, "text/html") == [(heading, "How much is it?")]


@pytest.mark.parametrize("body", ["Note:\n\nSee 5 below:\n\nFrom: here on\n", "Send it to bob@example.org\n"])
def test_other_lines_are_no_headings(parser: Parser, body: str) -> None:
    assert mail(parser, body) == []


@pytest.mark.timeout(30)
def test_a_mail_of_marks_alone_does_not_hold_up(parser: Parser) -> None:
    assert mail(parser, "Hi.\n" + ">" * 3000 + " deep\n") == []


def test_copies_are_in_the_header(parser: Parser) -> None:
    document = parsed(parser, "a.eml", "Subject: Fee\nFrom: ann@example.org\nCc: eve@example.org\n\nFive.")
    assert document.metadata["cc"] == "eve@example.org"
    assert "Cc: eve@example.org" in document.text


# Broken on purpose: `_MARKED` left out of `read_mbox`: "> From" stayed, as the mark of a quotation.
def test_a_mailbox_has_each_mail_below_its_subject(parser: Parser) -> None:
    mails = ["Subject: Fee\n\nFive.\n>From now on six.\n\n", "Subject: Tax\nContent-Type: text/html\n\n<p>None.</p>\n"]
    document = parsed(parser, "a.mbox", "".join(f"From ann@example.org Mon Mar  4\n{mail}" for mail in mails))
    assert [(heading, text.split("\n\n")[-1]) for heading, _, text in sections(document)] == [
        ("Fee", "Five.\nFrom now on six."),
        ("Tax", "None."),
    ]
    assert document.metadata == {"mails": 2}
