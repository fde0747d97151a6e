"""Files made for a test, and what parsing says of them."""

import io
import zipfile

import pytest
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped] # ships no types
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # ships no types

from ragkit.documents import Document, Resource
from ragkit.errors import ParseError
from ragkit.parsing.parser import Parser


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


def saved(file: object) -> bytes:
    stream = io.BytesIO()
    file.save(stream)  # type: ignore[attr-defined] # the office libraries share the method, not a type
    return stream.getvalue()


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


def archive(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name.replace("__", "/"), content)
    return stream.getvalue()
