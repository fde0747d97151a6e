import itertools

import pytest

from ragkit.models.thinking import ThoughtFilter, without_thoughts

TEXTS = [
    ("<think>secret</think>Thirty days.", "Thirty days."),
    ("<think>\nsecret\n</think>\n\nThirty days.", "Thirty days."),
    ("<THINK>secret</Think>Thirty days.", "Thirty days."),
    ("< think >secret</ think >Thirty days.", "Thirty days."),
    ("<reasoning>secret</reasoning>Thirty <thought>secret</thought>days.", "Thirty days."),
    ("Thirty <think>secret", "Thirty "),
    ("<think>secret", ""),
    ("<think></think>Thirty days.", "Thirty days."),
    ('{"a": "<think>secret</think>b"}', '{"a": "b"}'),
    ("Rent < 5 and a <b>bold</b> <thin> line <", "Rent < 5 and a <b>bold</b> <thin> line <"),
    ("  plain", "  plain"),
    ("<think>secret <think> secret</think>Thirty days.", "Thirty days."),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_thoughts_are_left_out(text: str, shown: str) -> None:
    assert without_thoughts(text) == shown


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_pieces_split_anywhere_give_the_same(text: str, shown: str) -> None:
    for first, second in itertools.combinations_with_replacement(range(len(text) + 1), 2):
        thoughts = ThoughtFilter()
        pieces = [thoughts.feed(piece) for piece in (text[:first], text[first:second], text[second:])]
        assert "".join([*pieces, thoughts.finish()]) == shown == thoughts.shown


def test_closing_tag_alone_hides_what_came_before() -> None:
    assert without_thoughts("secret</think>Thirty days.") == "Thirty days."
