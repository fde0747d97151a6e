import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import body, parsed, pdf, reason, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")


def test_pdf_headings_stand_out_in_size_or_weight(parser: Parser) -> None:
    first = [("The lease", 20.0, False), *body("The tenant pays rent on the first day", "of every month in full.")]
    second = [("Late payment", 11.0, True), *body("A late tenant pays five per cent more", "for every week.")]
    assert sections(parsed(parser, "a.pdf", pdf(first, second))) == [
        ("The lease", 1, "The lease\n\nThe tenant pays rent on the first day of every month in full."),
        ("The lease > Late payment", 2, "Late payment\n\nA late tenant pays five per cent more for every week."),
    ]


def test_pdf_running_headers_and_page_numbers_are_dropped(parser: Parser) -> None:
    pages = [body("Acme Handbook", f"This is what only page {name} says.", str(n)) for n, name in enumerate("abcd", 1)]
    text = parsed(parser, "a.pdf", pdf(*pages)).text
    assert text == "\n\n".join(f"This is what only page {name} says." for name in "abcd")


def test_pdf_words_broken_at_line_ends_are_joined_only_where_sure(parser: Parser) -> None:
    lines = body(
        "Your information matters and a well and known path is bet-",
        "ter than a well-",
        "known path without infor-",
        "mation on it, as we said.",
    )
    text = parsed(parser, "a.pdf", pdf(lines)).text
    assert "better than a well-known path without information on it" in " ".join(text.split())


def test_pdf_counts_pages_without_text(parser: Parser) -> None:
    document = parsed(parser, "a.pdf", pdf(body("Only this."), []))
    assert document.metadata == {"pages": 2, "pages_without_text": 1, "author": "anonymous"}


def test_scan_says_that_it_needs_ocr(parser: Parser) -> None:
    assert reason(parser, "a.pdf", pdf([], [])) == "has no text; it seems to be a scan, which needs OCR"


def test_encrypted_pdf_says_what_to_do(parser: Parser) -> None:
    assert reason(parser, "a.pdf", pdf(body("Secret."), encrypt="pw")) == "is encrypted; remove the password"
