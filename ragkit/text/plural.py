"""Counts as English says them."""


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 chunk", "2 chunks". The noun is one that only takes an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
