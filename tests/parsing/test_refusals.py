from pathlib import Path

import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import archive, parsed, reason

pytestmark = pytest.mark.usefixtures("socket_disabled")


def test_encrypted_office_file_says_what_to_do(parser: Parser) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    assert reason(parser, "a.docx", ole) == "is encrypted; remove the password"


@pytest.mark.parametrize(
    ("uri", "head", "what"),
    [
        ("a.gif", b"GIF89a", "a GIF image"),
        ("a.txt", b"7z\xbc\xaf", "a 7z archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a legacy Office file"),
        ("a.bin", b"\x01\x00\x02\x00\x00\x03", "a binary file"),
    ],
)
def test_unsupported_type_is_named_without_starting_a_child(uri: str, head: bytes, what: str) -> None:
    with Parser() as fresh:
        message = reason(fresh, uri, head + bytes(range(256)))
        assert message.startswith(f"is {what}")
        assert "Supported: PDF, HTML, Markdown" in message
        assert fresh.starts == 0


def test_plain_zip_is_not_supported(parser: Parser) -> None:
    assert "is a zip archive" in reason(parser, "a.zip", archive(note=b"x"))


def test_zip_bomb_is_refused_before_it_is_unpacked(parser: Parser) -> None:
    bomb = archive(**{"word__document.xml": bytes(200 * 1024**2)})
    assert "would unpack to 209715200 bytes" in reason(parser, "a.docx", bomb)


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.xlsx"])
def test_damaged_file_costs_one_line(parser: Parser, name: str) -> None:
    broken = {"a.docx": b"PK\x03\x04 no zip", "a.pdf": b"%PDF-1.7 nothing", "a.xlsx": archive(xl__workbook=b"<")}[name]
    assert "Traceback" not in reason(parser, name, broken)


def test_wrong_bytes_below_a_name_are_not_taken_for_text(parser: Parser) -> None:
    assert "does not begin like one" in reason(parser, "a.pdf", "Just text.")


@pytest.mark.parametrize("content", ["", " \n\t", "\u200b\u200b"])
def test_file_without_text_is_an_error(parser: Parser, content: str) -> None:
    assert reason(parser, "a.txt", content).startswith("has no text")


def test_limits_on_bytes_and_text_refuse_instead_of_cutting() -> None:
    with Parser(max_bytes=100, max_text=10) as small:
        assert reason(small, "a.txt", "x" * 101) == "has 101 bytes; the limit is 100"
        assert reason(small, "a.txt", "x" * 11) == "has 11 characters of text; the limit is 10"
        assert parsed(small, "a.txt", "x" * 10).text == "x" * 10


def test_missing_pandoc_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with Parser() as fresh:
        odt = archive(mimetype=b"application/vnd.oasis.opendocument.text")
        assert "install pandoc" in reason(fresh, "a.odt", odt)


# Broken on purpose: `_OFFICE_97` without its loop in `_kind_of_ole`: the reason was that the file is not supported.
def test_an_old_word_file_is_told_with_the_command_that_helps(parser: Parser) -> None:
    body = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument Workbook".encode("utf-16-le")
    assert reason(parser, "a.doc", body) == "is of Word 97 to 2003; save it as docx, or: soffice --convert-to docx FILE"


# Broken on purpose: `_kind_of_text` returning "text" for what is called xls.
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<html><table><tr><td>Pear<td>3</table></html>", "Pear | 3"),
        ("Pear\t3\n", "Pear | 3"),
        ("<?xml version='1.0'?><a><b>Pear</b></a>", "b: Pear"),
    ],
)
def test_what_programs_call_xls_is_read_by_what_it_is(parser: Parser, body: str, text: str) -> None:
    assert parsed(parser, "a.xls", body).text == text
