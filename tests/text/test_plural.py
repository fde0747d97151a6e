"""What there is one of is not told as many."""

from ragkit.text.plural import counted


def test_one_has_no_s() -> None:
    assert [counted(count, "chunk") for count in (0, 1, 2)] == ["0 chunks", "1 chunk", "2 chunks"]
