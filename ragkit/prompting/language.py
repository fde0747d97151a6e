"""In which language a model is to write: that of the passages, since what it writes is held against their words."""

from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.language.messages import ENGLISH, shipped
from ragkit.language.recognition import languages

_EACH = "Write each sentence in the language of the passage that it rests on. Do not translate."


def in_their_words(instructions: str, asked: str, hits: Sequence[Hit]) -> str:
    """Return the instructions with the language of the passages; as they are where all is English, or may be.

    A translated sentence can't be checked word for word, so that none is asked for, whatever the question is in.
    """
    found = languages(hit.chunk.text for hit in hits)
    if not found or found | languages([asked]) == {ENGLISH}:
        return instructions
    name = shipped()[min(found)].name
    line = _EACH if len(found) > 1 else f"Write in {name}, the language of the passages. Do not translate."
    return f"{instructions.strip()}\n{line}"
