"""What to say of a filter when nothing was found."""

from collections.abc import Sequence
from heapq import nlargest

from rapidfuzz import fuzz

from ragkit.documents import Value
from ragkit.filters import And, Equals, Filter, In, Not, Range
from ragkit.store.reader import Reader
from ragkit.text.plural import counted

# Documents have no values of these, only their chunks.
_OF_CHUNKS = ("heading", "page")
_SHOWN = 5


def unmet(store: Reader, where: Filter | None) -> list[str]:
    """Return what of a typed filter no document meets, a sentence each: most likely it is misspelt."""
    typed = where.parts if isinstance(where, And) else ()
    return [said for part in typed if (said := _said(store, part))]


def _said(store: Reader, part: Filter) -> str:
    asked = part.part if isinstance(part, Not) else part
    if not isinstance(asked, Equals | In | Range) or asked.field in _OF_CHUNKS:
        return ""
    known = store.values(asked.field, viewer=store.owner)
    if not known:
        return f"No document has the field {asked.field!r}."
    if not isinstance(part, Equals | In) or store.documents(viewer=store.owner, where=part):
        return ""
    typed = ",".join(map(str, part.values if isinstance(part, In) else (part.value,)))
    return f"No document has {part.field}={typed}. There are: {_nearest(typed, known)}."


def _nearest(typed: str, known: Sequence[Value]) -> str:
    """Return some of the values, those first that are spelt like what was typed."""
    first = nlargest(_SHOWN, known, key=lambda value: fuzz.ratio(typed, str(value)))
    return ", ".join(map(repr, first)) + (f" and {counted(more, 'other')}" if (more := len(known) - _SHOWN) > 0 else "")
