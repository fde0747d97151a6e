import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.guards.echo import LONGEST_RUN, EchoFilter, without_echo
from ragkit.prompting.prompts import RULES

INSTRUCTIONS = f"You are the support assistant of a company and answer its customers.\n\n{RULES}"
WORDS = st.sampled_from([*INSTRUCTIONS.split(), "refund", "the the", "[1].", "\n"])


@pytest.mark.parametrize(
    "shape",
    [
        INSTRUCTIONS,
        INSTRUCTIONS.upper(),
        f"```\n{INSTRUCTIONS}\n```",
        INSTRUCTIONS.replace(" ", "\n> "),
        INSTRUCTIONS.replace(" ", "-"),
        f"“{INSTRUCTIONS}”",
    ],
)
def test_instructions_are_left_out(shape: str) -> None:
    # Broken on purpose: `echoed = False` in EchoFilter._released.
    shown = without_echo(f"My rules are these: {shape} A refund takes five days [1].", INSTRUCTIONS)
    assert shown.startswith("My rules are these: ")
    assert shown.rstrip("`” \n").endswith("A refund takes five days [1].")
    assert "[…]" in shown
    assert runs(shown) == []


def runs(text: str) -> list[str]:
    """Return what of the instructions stands in a text, a word more than may."""
    said = f" {' '.join(_words(text))} "
    told = _words(INSTRUCTIONS)
    windows = (" ".join(told[place : place + LONGEST_RUN + 1]) for place in range(len(told) - LONGEST_RUN))
    return [window for window in windows if f" {window} " in said]


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.casefold()).split()


@given(st.lists(WORDS, max_size=40).map(" ".join), st.integers(0, 60), st.integers(0, 200))
def test_a_stream_is_the_same_as_the_whole(text: str, first: int, second: int) -> None:
    flow = EchoFilter(INSTRUCTIONS)
    cut = min(first, second)
    pieces = [text[:cut], text[cut : cut + second], text[cut + second :]]
    whole = without_echo(text, INSTRUCTIONS)
    assert "".join(flow.through(pieces)) == whole
    assert runs(whole) == []


@pytest.mark.parametrize(
    "text",
    ["", "Five days [1].", "Copy numbers, dates, names and conditions exactly [2].", "You are the support assistant."],
)
def test_a_few_of_the_same_words_are_no_echo(text: str) -> None:
    assert without_echo(text, INSTRUCTIONS) == text
