"""L3: what a person can't see is taken out or counted, and nothing else is."""

import random
from pathlib import Path

import pytest

from ragkit.documents import Document
from ragkit.parsing.parser import Parser
from tests.parsing.hiding import (
    IN_HTML,
    IN_MARKDOWN,
    IN_PDF,
    IN_WORD,
    LOOKS,
    ORDER,
    SEEN,
    html_page,
    markdown_page,
    pdf_file,
    word_file,
)
from tests.parsing.resources import parsed

SAMPLES = Path(__file__).parents[2] / "data"
TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in ORDER)
SMUGGLED = {
    "tags": TAGS,
    "zero width": "\u200b\u200c\u2060\ufeff" * 9,
    "bidi": f"\u202e{ORDER[::-1]}\u202c\u2066x\u2069",
}
INVISIBLE = {*TAGS, *"\u200b\u200c\u2060\ufeff\u202e\u202c\u2066\u2069"} - {" "}


def reaches_a_model(document: Document) -> bool:
    """Say whether the order is in what is searched and shown, and nothing tells."""
    assert SEEN in document.text
    return ORDER in document.text + document.title and "hidden_suspected" not in document.metadata


def test_there_are_enough_ways() -> None:
    assert min(len(IN_HTML), len(IN_MARKDOWN)) >= 25


def test_no_way_of_html_reaches_a_model(parser: Parser) -> None:
    # Broken on purpose: `return False` in Hidden.hides.
    assert [name for name, part in IN_HTML.items() if reaches_a_model(parsed(parser, "a.html", html_page(part)))] == []


def test_no_way_of_markdown_reaches_a_model(parser: Parser) -> None:
    files = {name: markdown_page(name, part) for name, part in IN_MARKDOWN.items()}
    assert [name for name, file in files.items() if reaches_a_model(parsed(parser, "a.md", file))] == []


def test_no_way_of_pdf_reaches_a_model(parser: Parser) -> None:
    # Broken on purpose: `return "seen"` at the top of sight.
    assert [name for name, hide in IN_PDF.items() if reaches_a_model(parsed(parser, "a.pdf", pdf_file(hide)))] == []


def test_no_way_of_word_reaches_a_model(parser: Parser) -> None:
    # Broken on purpose: `return body, {}` at the top of without_hidden.
    assert [name for name, hide in IN_WORD.items() if reaches_a_model(parsed(parser, "a.docx", word_file(hide)))] == []


@pytest.mark.parametrize("smuggled", SMUGGLED.values(), ids=SMUGGLED)
@pytest.mark.parametrize("name", ["a.html", "a.md", "a.txt", "a.csv"])
def test_characters_that_nobody_sees_are_always_taken_out(parser: Parser, name: str, smuggled: str) -> None:
    document = parsed(parser, name, f"<p>{SEEN}{smuggled}</p>" if name == "a.html" else f"{SEEN}{smuggled}")
    assert SEEN in document.text
    assert INVISIBLE.isdisjoint(document.text + document.title)


def test_what_was_taken_out_is_counted(parser: Parser) -> None:
    page = html_page(IN_HTML["opacity"] + IN_HTML["font size 0"] + IN_HTML["white"])
    assert parsed(parser, "a.html", page).metadata == {"hidden_removed": 2, "hidden_suspected": 1}


def test_a_page_without_hiding_loses_no_word(parser: Parser) -> None:
    dice = random.Random(3)
    for _ in range(80):
        said = [f"word{dice.randrange(10**6)}" for _ in range(12)]
        styled = "".join(f'<div style="{dice.choice(LOOKS)}">{word}</div>' for word in said)
        document = parsed(parser, "a.html", html_page(f"<style>.menu{{color:red}}</style>{styled}"))
        assert [word for word in said if word not in document.text] == []
        assert document.metadata == {}


def test_the_samples_hide_nothing(parser: Parser) -> None:
    files = [file for file in sorted(SAMPLES.rglob("*")) if file.suffix in {".md", ".html", ".pdf", ".docx"}]
    assert len(files) >= 20
    found = [parsed(parser, file.name, file.read_bytes()).metadata for file in files]
    assert [metadata for metadata in found if {"hidden_removed", "hidden_suspected"} & set(metadata)] == []
