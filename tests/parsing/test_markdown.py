import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import parsed, reason, sections

pytestmark = pytest.mark.usefixtures("socket_disabled")


def test_underlined_headings_are_headings(parser: Parser) -> None:
    document = parsed(parser, "a.md", "Lease\n=====\nOne.\n\nRent\n----\nTwo.")
    assert sections(document) == [("Lease", None, "Lease\n\nOne."), ("Lease > Rent", None, "Rent\n\nTwo.")]


def test_heading_loses_its_attributes_and_nothing_else(parser: Parser) -> None:
    document = parsed(parser, "a.md", "# Rent {a} of *2024*! {#rent .x}\n\n## Fees ##")
    assert [section.heading for section in document.sections] == ["Rent {a} of 2024!", "Rent {a} of 2024! > Fees"]


def test_nested_lists_keep_their_depth_and_numbers(parser: Parser) -> None:
    document = parsed(parser, "a.md", "- a\n  1. b\n     - c\n  2. d\n- e")
    assert document.text == "- a\n  1. b\n    - c\n  2. d\n- e"


def test_item_of_several_paragraphs_is_still_an_item(parser: Parser) -> None:
    document = parsed(parser, "a.md", "- one\n\n  more\n\n      code\n\n- two\n\n1. three\n\n   - four")
    assert document.text == "- one\n\nmore\n\ncode\n\n- two\n1. three\n  - four"


# Broken on purpose: the cells joined from their pieces by spaces, as unstructured does (`DAYS` , `30`).
def test_text_of_a_cell_is_as_it_would_be_in_a_paragraph(parser: Parser) -> None:
    document = parsed(parser, "a.md", "| a | b |\n|:-:|--:|\n| `DAYS`, **30** | [x](y)(z) \\| w |\n| 1<br>2 |")
    assert document.text == "a | b\nDAYS, 30 | x(z) | w\n1 2 |"


@pytest.mark.parametrize("fence", ["```python\n{}\n```", "~~~\n{}\n~~~", "```\n{}"])
def test_fenced_code_keeps_every_line(parser: Parser, fence: str) -> None:
    code = "def a():\n\n\n    # no heading\n    return b < c and '<br>'"
    assert parsed(parser, "a.md", "Code:\n\n" + fence.format(code)).text == f"Code:\n\n{code}"


# Broken on purpose: `details` added to what is dropped (unstructured leaves it and figures out).
def test_html_inside_is_read_with_the_rest(parser: Parser) -> None:
    text = "<details>\n<summary>May I?</summary>\n\nYou *may*.\n\n</details>\n\nH<sub>2</sub>O<br>is <b>wa</b>ter"
    assert parsed(parser, "a.md", text).text == "May I?\n\nYou may.\n\nH2O\nis water"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_make_no_difference(parser: Parser, end: str) -> None:
    lines = ["---", "title: T", "---", "# One", "", "two", "three", "", "    code", "    more"]
    document = parsed(parser, "a.md", end.join(lines))
    assert (document.title, document.text) == ("One", "One\n\ntwo three\n\ncode\nmore")


def test_links_keep_their_text_and_entities_are_letters(parser: Parser) -> None:
    text = "See [the *lease*][1] &amp; <https://example.org/a?b>.\n\n[1]: https://example.org\n\n\\* no item, 5 > 4"
    assert parsed(parser, "a.md", text).text == "See the lease & https://example.org/a?b.\n\n* no item, 5 > 4"


# Broken on purpose: `.*?)[ \t]*` in the pattern of heading attributes, which tries all lengths twice (60 s, given up).
@pytest.mark.parametrize("text", ["word " * 200_000, "# " + " \t" * 100_000 + "x", "# a " + "{" * 50_000])
def test_long_line_ends_in_time(text: str) -> None:
    with Parser(timeout=20) as fresh:
        assert parsed(fresh, "a.md", text).text.split() == text.removeprefix("# ").split()


@pytest.mark.parametrize("text", ["> " * 10_000, "<div>" * 10_000])
def test_deep_nesting_is_refused_in_time(parser: Parser, text: str) -> None:
    assert reason(parser, "a.md", f"{text}deep") == "is nested too deeply"


@pytest.mark.parametrize("text", ["[" * 10_000 + "]" * 10_000, "~~No~~ 5~10 \N{EN DASH} or 20~30", "a\\b\\"])
def test_marks_that_mark_nothing_are_text(parser: Parser, text: str) -> None:
    assert parsed(parser, "a.md", text).text == text
