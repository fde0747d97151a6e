"""A filter as a record keeps it, so that the same documents are asked again."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ragkit.documents import Value
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range

Kind = Literal["equals", "in", "range", "and", "or", "not"]
_Kept = Annotated[Value | None, Field(union_mode="smart")]


@dataclass(frozen=True, kw_only=True)
class Written:
    """One condition: `values` are what a field is compared with, `parts` the conditions that it joins."""

    kind: Kind
    field: str = ""
    values: tuple[_Kept, ...] = ()
    parts: tuple["Written", ...] = ()


def written(where: Filter, *, said: Callable[[str], str] = str) -> Written:
    """Return the form of a filter that can be kept as JSON; `said` makes its texts fit to be kept."""

    def kept(*values: Value | None) -> tuple[Value | None, ...]:
        return tuple(said(value) if isinstance(value, str) else value for value in values)

    match where:
        case Equals():
            return Written(kind="equals", field=where.field, values=kept(where.value))
        case In():
            return Written(kind="in", field=where.field, values=kept(*where.values))
        case Range():
            return Written(kind="range", field=where.field, values=kept(where.low, where.high))
        case Not():
            return Written(kind="not", parts=(written(where.part, said=said),))
        case And() | Or():
            parts = tuple(written(part, said=said) for part in where.parts)
            return Written(kind="and" if isinstance(where, And) else "or", parts=parts)


def read(kept: Written) -> Filter:
    """Return the filter that was written."""
    parts = tuple(map(read, kept.parts))
    values = tuple(value for value in kept.values if value is not None)
    match kept.kind:
        case "equals":
            return Equals(kept.field, values[0])
        case "in":
            return In(kept.field, values)
        case "range":
            low, high = kept.values
            return Range(field=kept.field, low=low, high=high)
        case "not":
            return Not(parts[0])
        case "and":
            return And(parts)
        case "or":
            return Or(parts)
