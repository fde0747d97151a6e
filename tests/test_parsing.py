import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped] # ships no types
import pptx
import pytest
from pptx.util import Inches
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped] # ships no types
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # ships no types

from ragkit.documents import Document, Resource
from ragkit.errors import ParseError
from ragkit.parsing.parser import Parser

pytestmark = pytest.mark.usefixtures("socket_disabled")


Install = Callable[[str], Path]


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as shared:
        yield shared


def resource(uri: str, body: bytes | str, media_type: str = "") -> Resource:
    encoded = body.encode() if isinstance(body, str) else body
    return Resource(uri=uri, body=encoded, media_type=media_type, revision="1")


def parsed(parser: Parser, uri: str, body: bytes | str) -> Document:
    document = parser.parse(resource(uri, body), source="files")
    assert covers(document)
    return document


def covers(document: Document) -> bool:
    edges = [(section.start, section.end) for section in document.sections]
    starts, ends = [0, *(end for _, end in edges)], [*(start for start, _ in edges), len(document.text)]
    return starts == ends and all(start < end for start, end in edges)


def sections(document: Document) -> list[tuple[str, int | None, str]]:
    return [(part.heading, part.page, document.text[part.start : part.end].strip()) for part in document.sections]


def reason(parser: Parser, uri: str, body: bytes | str, media_type: str = "") -> str:
    with pytest.raises(ParseError) as caught:
        parser.parse(resource(uri, body, media_type), source="files")
    assert repr(uri) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value.reason


# Text and markup


def test_markdown_headings_become_sections_with_their_path(parser: Parser) -> None:
    document = parsed(parser, "a.md", "Before.\n\n# Lease\n\nOne.\n\n## Rent\n\nTwo.\n\n# End\n\nThree.")
    assert sections(document) == [
        ("", None, "Before."),
        ("Lease", None, "Lease\n\nOne."),
        ("Lease > Rent", None, "Rent\n\nTwo."),
        ("End", None, "End\n\nThree."),
    ]
    assert document.title == "Lease"


def test_front_matter_gives_the_title_and_no_text(parser: Parser) -> None:
    document = parsed(parser, "a.md", '---\ntitle: "My lease"\ntags: [a]\n---\nOne.')
    assert (document.title, document.text) == ("My lease", "One.")


def test_code_keeps_its_lines_and_makes_no_heading(parser: Parser) -> None:
    document = parsed(parser, "a.md", "1. First:\n\n   ```sh\n   # note\n     run\n   ```\n\n2. Second")
    assert document.text == "1. First:\n\n# note\n  run\n\n2. Second"


def test_numbers_and_depth_of_lists_are_kept(parser: Parser) -> None:
    document = parsed(parser, "a.md", "Steps:\n3. wait\n4. go\n\n- one\n  - inner")
    assert document.text.endswith("- one\n  - inner")
    assert "3. wait\n4. go" in parsed(parser, "b.md", "3. wait\n4. go").text


def test_table_is_one_line_a_row_with_the_header_first(parser: Parser) -> None:
    document = parsed(parser, "a.md", "| Fee | Sum |\n|---|---|\n| Late | 5 |\n| Lost key |  |")
    assert document.text == "Fee | Sum\nLate | 5\nLost key |"


def test_deep_nesting_is_kept_or_refused_but_never_cut(parser: Parser) -> None:
    nested = [f"{'  ' * depth}- item {depth}" for depth in range(1000)]
    assert parsed(parser, "a.md", "\n".join(nested[:40])).text.endswith("item 39")
    assert reason(parser, "a.md", "\n".join(nested)) == "is nested too deeply"


def test_page_keeps_its_main_content_only(parser: Parser) -> None:
    page = """<html><head><title>Site</title><style>p{}</style></head><body><header><nav>Menu</nav>Banner</header>
    <main><header><h1>Rent</h1></header><p>Pay<br>monthly.</p><p hidden>no</p><p style="display: none">no</p>
    <script>no()</script><p>A grade:</p><p>5</p><img src="x" alt="no"></main><footer>Imprint</footer></body></html>"""
    document = parsed(parser, "a.html", page)
    assert (document.title, document.text) == ("Rent", "Rent\n\nPay\nmonthly.\n\nA grade:\n\n5")


def test_page_without_main_keeps_its_body(parser: Parser) -> None:
    document = parsed(parser, "a.html", "<title>Old</title><body>one is<br><br>two<article>teaser</article></body>")
    assert (document.title, document.text) == ("Old", "one is\n\ntwo\n\nteaser")


def test_page_in_another_encoding_is_read_as_it_declares(parser: Parser) -> None:
    page = '<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń</p>'.encode("iso-8859-2")
    assert parsed(parser, "a.html", page).text == "Zażółć gęślą jaźń"


def test_invisible_letters_are_gone_and_the_rest_is_composed(parser: Parser) -> None:
    text = "Cafe\u0301 \u200bopen\u202e\U000e0041\U000e0042\ufeff\u00ad, \u0645\u06cc\u200c\u062e\u0648\u0645"
    assert parsed(parser, "a.txt", text).text == "Café open, \u0645\u06cc\u200c\u062e\u0648\u0645"


def test_plain_text_keeps_its_lines(parser: Parser) -> None:
    assert parsed(parser, "a.toml", "[a]\r\nb = 1\r\n\r\n\r\n\r\nc = 2\r\n").text == "[a]\nb = 1\n\nc = 2"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_plain_text_is_read_in_any_usual_encoding(parser: Parser, encoding: str) -> None:
    text = "Die Kündigung müßte schriftlich erfolgen. " * 5
    assert parsed(parser, "a.txt", text.encode(encoding)).text == text.strip()


def test_xml_values_keep_their_names_and_mixed_text_its_order(parser: Parser) -> None:
    xml = "<root><name>Bob</name><p>Hello <b>big</b> world</p></root>"
    assert parsed(parser, "a.xml", xml).text == "name: Bob\n\nHello big world"


def test_xml_entities_bring_in_no_file(parser: Parser, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    xml = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]><r><a>one</a><b>&x;</b></r>'
    assert "hunter2" not in parsed(parser, "a.xml", xml).text


# Tables, office files and mails


def test_csv_rows_keep_their_values_as_written(parser: Parser) -> None:
    assert parsed(parser, "a.csv", 'id;name\n007;"a;b"\n008;NA\n').text == "id | name\n007 | a;b\n008 | NA"


def test_workbook_has_a_section_for_each_visible_sheet(parser: Parser) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Fees"
    for row in (["", "Fee", "Sum"], ["", "Late", 5.0], ["", "Key", 7.25]):
        book.active.append(row)
    book.create_sheet("Secret").append(["x"])
    book["Secret"].sheet_state = "hidden"
    document = parsed(parser, "a.xlsx", saved(book))
    assert sections(document) == [("Fees", None, "Fees\n\nFee | Sum\nLate | 5\nKey | 7.25")]
    assert document.metadata == {"author": "openpyxl", "hidden_sheets": 1}


def test_word_document_has_headings_by_style_only(parser: Parser) -> None:
    word = docx.Document()
    word.core_properties.title = "The lease of 2024"
    word.add_heading("Rent", 1)
    word.add_paragraph("Short Line Without End")
    word.add_paragraph("first", style="List Bullet")
    table = word.add_table(2, 2)
    for cell, text in zip(table._cells, ["Fee", "Sum", "Late", "5"], strict=True):
        cell.text = text
    document = parsed(parser, "a.docx", saved(word))
    assert document.title == "The lease of 2024"
    assert sections(document) == [("Rent", None, "Rent\n\nShort Line Without End\n\n- first\n\nFee | Sum\nLate | 5")]


def test_slide_is_a_page_and_does_not_stand_below_the_title_of_another(parser: Parser) -> None:
    deck = pptx.Presentation()
    titled = deck.slides.add_slide(deck.slide_layouts[5])
    titled.shapes.title.text = "Rent"
    box = deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_textbox(0, 0, Inches(2), Inches(1))
    box.text_frame.text = "Loose words"
    document = parsed(parser, "a.pptx", saved(deck))
    assert sections(document) == [("Rent", 1, "Rent"), ("", 2, "Loose words")]


def test_mail_begins_with_its_header_and_counts_attachments(parser: Parser) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["Date"] = "Notice", "Ann <ann@example.org>", "Mon, 01 Jan 2024 10:00:00 +0000"
    mail.set_content("I give notice.\n")
    mail.add_alternative("<p>I give <b>notice</b>.</p>", subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="x.bin")
    document = parsed(parser, "a.eml", mail.as_bytes())
    header = "Subject: Notice\nFrom: Ann <ann@example.org>\nDate: Mon, 01 Jan 2024 10:00:00 +0000"
    assert (document.title, document.text) == ("Notice", f"{header}\n\nI give notice.")
    assert document.metadata["date"] == "2024-01-01T10:00:00+00:00"
    assert document.metadata["attachments"] == 1


def saved(file: object) -> bytes:
    stream = io.BytesIO()
    file.save(stream)  # type: ignore[attr-defined] # the office libraries share the method, not a type
    return stream.getvalue()


# PDF


def pdf(*pages: list[tuple[str, float, bool]], **options: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, **options)
    for lines in pages:
        height = 800.0
        for text, size, bold in lines:
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
            height -= 1.2 * size
            canvas.drawString(72, height, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def body(*lines: str) -> list[tuple[str, float, bool]]:
    return [(line, 11.0, False) for line in lines]


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


# What can't be parsed


def test_encrypted_office_file_says_what_to_do(parser: Parser) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    assert reason(parser, "a.docx", ole) == "is encrypted; remove the password"


@pytest.mark.parametrize(
    ("uri", "head", "what"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("a.txt", b"\xff\xd8\xff\xe0", "a JPEG image"),
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


def archive(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


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


# The child


@pytest.fixture
def faulty_csv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Let the csv module of the child do what the test says before it reads."""

    def install(code: str) -> Path:
        before = "import csv, os, socket, time\nreal = csv.reader\ndef reader(*a, **k):\n"
        after = "    return real(*a, **k)\ncsv.reader = reader\n"
        (tmp_path / "sitecustomize.py").write_text(f"{before}    {code}\n{after}")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        return tmp_path

    return install


# Broken on purpose: `timer.start()` in `Child._deadline` left out (the file took its 60 s and was parsed).
def test_slow_file_is_given_up_and_the_next_one_parsed(faulty_csv: Install) -> None:
    faulty_csv("time.sleep(60)")
    with Parser(timeout=0.5) as impatient:
        assert reason(impatient, "a.csv", "a,b\n") == "took more than 0.5 s to parse"
        assert parsed(impatient, "a.txt", "Next.").text == "Next."
        assert impatient.starts == 2


@pytest.mark.parametrize(("code", "ending"), [("os._exit(7)", "exit code 7"), ("os.kill(os.getpid(), 11)", "SIGSEGV")])
def test_crash_costs_one_file(faulty_csv: Install, code: str, ending: str) -> None:
    faulty_csv(code)
    with Parser() as fresh:
        assert reason(fresh, "a.csv", "a,b\n") == f"crashed the parser ({ending})"
        assert parsed(fresh, "a.txt", "Next.").text == "Next."
        assert fresh.starts == 2


# Broken on purpose: `os.dup2(2, 1)` in the worker left out (the reply was no longer a frame).
def test_what_a_library_prints_does_not_break_the_answer(faulty_csv: Install) -> None:
    faulty_csv("print('noise', flush=True); os.write(1, b'noise'); os.system('echo noise')")
    with Parser() as fresh:
        assert parsed(fresh, "a.csv", "a,b\n1,2\n").text == "a | b\n1 | 2"


# Broken on purpose: `sys.addaudithook(_refuse_network)` left out (the name was really looked up).
def test_library_that_wants_the_network_is_refused(faulty_csv: Install) -> None:
    faulty_csv("socket.getaddrinfo('example.org', 80)")
    with Parser() as fresh:
        assert "PermissionError" in reason(fresh, "a.csv", "a,b\n")


def test_keys_in_the_environment_do_not_reach_the_child(faulty_csv: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = faulty_csv("open(os.path.join(os.path.dirname(__file__), 'seen'), 'w').write(repr(dict(os.environ)))")
    monkeypatch.setenv("RAGKIT_API_KEY", "hunter2")
    with Parser() as fresh:
        parsed(fresh, "a.csv", "a,b\n")
    assert "hunter2" not in (folder / "seen").read_text()


def test_too_much_memory_costs_one_file(faulty_csv: Install) -> None:
    faulty_csv("bytearray(2 * 1024**3)")
    with Parser(memory=512 * 1024**2) as small:
        assert reason(small, "a.csv", "a,b\n") == "needs more than 512 MiB of memory to parse"
        assert parsed(small, "a.txt", "Next.").text == "Next."


# Broken on purpose: DO_NOT_TRACK and SCARF_NO_ANALYTICS left out of the child's settings (a look-up was recorded).
def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    hook = f"lambda event, args: event.startswith('socket.') and open({str(seen)!r}, 'a').write(event + '\\n')"
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.addaudithook({hook})\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    word = docx.Document()
    word.add_paragraph("One sentence stands here.")
    with Parser() as fresh:
        parsed(fresh, "a.md", "# One\n\nTwo sentences. Are here.")
        parsed(fresh, "a.docx", saved(word))
    lookups = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
    assert not lookups & set(seen.read_text().split() if seen.exists() else ())


def test_parent_imports_no_parser_and_starts_no_child_before_the_first_file() -> None:
    code = """
import sys
from ragkit.documents import Resource
from ragkit.parsing.parser import Parser
with Parser() as parser:
    assert parser.starts == 0
    parser.parse(Resource(uri="a.pdf", body=open(0, "rb").read(), media_type="", revision="1"), source="s")
    assert parser.starts == 1
heavy = {"unstructured", "pypdfium2", "spacy", "lxml", "openpyxl", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    run = subprocess.run([sys.executable, "-c", code], input=pdf(body("Some text.")), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


def test_closed_parser_starts_again_and_closing_twice_is_fine() -> None:
    parser = Parser()
    parsed(parser, "a.txt", "One.")
    parser.close()
    parser.close()
    assert parsed(parser, "a.txt", "Two.").text == "Two."
    parser.close()


def test_what_the_connector_knows_is_on_the_document(parser: Parser) -> None:
    known = Resource(
        uri="https://example.org/a%20b.txt",
        body=b"One.",
        media_type="text/plain",
        revision="r7",
        metadata={"year": 2024},
        access=frozenset({"staff"}),
    )
    document = parser.parse(known, source="web")
    assert (document.source, document.revision, document.title) == ("web", "r7", "a b.txt")
    assert (document.metadata, document.access) == ({"year": 2024}, frozenset({"staff"}))
