"""Texts as tokenizers, JSON and files in UTF-8 take them."""


def encodable(text: str) -> str:
    """Return the text with "?" for each half of a surrogate pair, as a broken file name or PDF leaves it."""
    return text.encode("utf-8", "replace").decode()
