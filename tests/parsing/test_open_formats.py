"""What pandoc reads: Rich Text, OpenDocument texts and books."""

import shutil

import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.open_files import epub, odt, odt_table, rtf, rtf_row
from tests.parsing.resources import parsed, sections

pytestmark = [
    pytest.mark.usefixtures("socket_disabled"),
    pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed"),
]

TABLE = "Plan | Fee\nBasic | 19 EUR\nPlus | 29 EUR"


# Broken on purpose: `tokens[self.row - 1] += ...` left out (one row of six cells).
def test_rows_of_rich_text_that_share_a_definition_stay_rows(parser: Parser) -> None:
    table = (
        "\\trowd\\cellx100\\cellx200\n"
        + rtf_row("Plan", "Fee")
        + rtf_row("Basic", "19 EUR")
        + rtf_row("Plus", "29 EUR")
    )
    assert parsed(parser, "a.rtf", rtf(table, r"\pard Guests pay 8 EUR.\par")).text == f"{TABLE}\n\nGuests pay 8 EUR."


# Broken on purpose: `read_rtf` that gives pandoc the file as it is (the table is gone).
@pytest.mark.parametrize("opens", [r"{\footnote ", "{\\*\n\\footnote\n"])
def test_a_footnote_of_rich_text_costs_no_table(parser: Parser, opens: str) -> None:
    rows = [r"\trowd\cellx100\cellx200 " + rtf_row(*cells.split(" | ")) for cells in TABLE.split("\n")]
    after = rf"\pard Guests{opens}\pard Of members.}} pay 8 EUR.\par"
    assert parsed(parser, "a.rtf", rtf(*rows, after)).text == f"{TABLE}\n\nGuests pay 8 EUR.\n\nOf members."


# Broken on purpose: the title block left where pandoc writes it.
def test_what_a_file_says_about_itself_is_no_text_of_it(parser: Parser) -> None:
    written = parsed(parser, "a.rtf", rtf(r"\pard\outlinelevel0 Terms\par", r"\pard Join at any time.\par"))
    assert sections(written) == [("Terms", None, "Terms\n\nJoin at any time.")]
    bound = parsed(parser, "a.epub", epub("<h1>Pruning</h1><p>In late winter.</p>"))
    assert sections(bound) == [("Pruning", None, "Pruning\n\nIn late winter.")]
    told = [(document.title, dict(document.metadata)) for document in (written, bound)]
    assert told == [("Gym membership", {"author": "K. Lund"}), ("Orchard Handbook", {"author": "M. Field"})]


# Broken on purpose: no header unwrapped (no "Plan | Fee"); no tag changed (no heading).
@pytest.mark.parametrize("style", ["Title", "P1"])
def test_an_opendocument_text_has_its_title_and_the_headers_of_its_tables(parser: Parser, style: str) -> None:
    title = f'<text:p text:style-name="{style}">Gym</text:p>'
    document = parsed(parser, "a.odt", odt(title, odt_table(*TABLE.split("\n"))))
    assert (document.title, sections(document)) == ("Gym", [("Gym", None, f"Gym\n\n{TABLE}")])
