"""L2: what a model wrote fetches nothing, links to nothing but cited sources, and hides nothing."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.guards.output import Outflow, harmless
from tests.hostile import OUTPUTS, acts

SOURCE = "https://help.example/refunds?page=2"
# What the filter looks for, in pieces that random texts put together.
PARTS = [
    "![",
    "](",
    "]:",
    "[r]",
    "<img",
    "<",
    "https",
    "://",
    "a.example",
    "www",
    ".",
    "&#104;",
    "data:",
    "javascript:x",
]
PARTS += [
    "\u200b",
    "\u200d",
    "\r",
    "\n",
    "\x1c",
    "\x1b[0m",
    " ",
    "\\href",
    "<<<0a1b2c3d",
    "0a1b2c3d>>>",
    "。",
    "👩",
    SOURCE,
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=30)


def in_pieces(text: str, *cuts: int) -> str:
    edges = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    return "".join(Outflow([SOURCE]).through(pieces))


def test_there_are_enough_outputs() -> None:
    assert len(set(OUTPUTS)) >= 120
    assert sum(bool(acts(text)) for text in OUTPUTS) >= 120


@pytest.mark.parametrize("text", OUTPUTS)
def test_nothing_acts(text: str) -> None:
    # Broken on purpose: `return seen` in Outflow._word fails 150 of these.
    assert acts(harmless(text)) == []


@pytest.mark.parametrize("text", OUTPUTS)
def test_a_stream_is_the_same_as_the_whole_wherever_it_is_split(text: str) -> None:
    # Broken on purpose: `self._held, last = "", len(text)` in Outflow.feed.
    whole = harmless(text, sources=[SOURCE])
    assert {in_pieces(text, cut) for cut in range(len(text) + 1)} == {whole}
    assert in_pieces(text, *range(1, len(text))) == whole


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.data())
def test_any_text_is_the_same_in_pieces_and_harmless(text: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=4))
    assert in_pieces(text, *cuts) == harmless(text, sources=[SOURCE])
    assert acts(harmless(text)) == []
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("form", ["See {0}.", "({0})", "[the page]({0})", "<{0}>", "“{0}”", "- {0}"])
def test_the_address_of_a_cited_source_is_shown_whole(form: str) -> None:
    assert SOURCE in harmless(form.format(SOURCE), sources=[SOURCE])
    assert SOURCE not in harmless(form.format(SOURCE))


@pytest.mark.parametrize(
    "form", ["{0}&q=secret", "{0}/../x", "https://a.example/{0}", "x{0}", "[{0}](https://a.example)"]
)
def test_nothing_rides_on_the_address_of_a_source(form: str) -> None:
    assert "https://" not in harmless(form.format(SOURCE), sources=[SOURCE]).replace(f"[{SOURCE}]", "")


def test_a_source_whose_name_is_an_attack_is_no_address() -> None:
    name = "https://a.example/](javascript:alert(1))"
    assert acts(harmless(name, sources=[name])) == []


@pytest.mark.parametrize(
    "text",
    [
        "A refund takes five working days [1][2]. Rent is due: 3.50 € (see § 14.2) [3, 4].",
        "Write to help@shop.example, or call 0800 11 11. AT&T, R&D; a < b, x <- y, 5 > 3.",
        "1. Open **Settings**.\n2. Press `Save`.\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "نامه‌های من · 👩‍👩‍👧 · naïve · 日本語。次の文。",
        "The following data: none. Note: www is a name, and C:\\temp a folder.",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_word_without_end_is_read_once() -> None:
    # Broken on purpose: the pieces of a word joined at every one of them, which takes the square of its length.
    word, flow = "<a" * 100_000, Outflow()
    start = time.process_time()
    shown = "".join(flow.through(word[place : place + 2] for place in range(0, len(word), 2)))
    assert shown == "< a" * 100_000
    # 0.2 s were measured, and over a minute before.
    assert time.process_time() - start < 5


def test_a_word_comes_as_soon_as_something_stands_behind_it() -> None:
    flow = Outflow()
    assert [flow.feed(piece) for piece in ("A ref", "und takes", " five。", "x")] == [
        "A ",
        "refund ",
        "takes five。",
        "",
    ]
    assert flow.end() == "x"
