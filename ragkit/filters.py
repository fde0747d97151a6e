"""Conditions on what may be found: a small closed grammar that each store compiles for itself.

A field is one of `FIELDS` or a metadata key. A condition on a field that a document lacks is false,
and so is its opposite: `Not(Equals("year", 2024))` finds documents that have another year, not those without.
In metadata, 1 equals 1.0, but neither "1" nor True, and only numbers lie between numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.documents import Value
from ragkit.errors import ConfigError

FIELDS = ("source", "uri", "title", "media_type", "heading", "page")


@dataclass(frozen=True)
class Equals:
    """The field has this value."""

    field: str
    value: Value


@dataclass(frozen=True)
class In:
    """The field has one of these values. No values, nothing found."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class Range:
    """The field lies between the bounds, both inclusive; None leaves a side open."""

    field: str
    low: int | float | str | None = None
    high: int | float | str | None = None


@dataclass(frozen=True)
class And:
    """All conditions hold. No conditions, everything found."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class Or:
    """At least one condition holds. No conditions, nothing found."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class Not:
    """The condition does not hold, on documents that have its field."""

    part: "Filter"


Filter = Equals | In | Range | And | Or | Not


def parse_filter(pairs: Sequence[str]) -> Filter | None:
    """Make a filter of `key=value` words, all of which must hold; `key=a,b` means one of them. No words, None.

    A text is one word.

    Raises:
        ConfigError: a word has no `=` or no key.
    """
    parts: list[Filter] = []
    for pair in [pairs] if isinstance(pairs, str) else pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise ConfigError(f"{pair!r} is not a filter. Write it as key=value.", setting="where", value=pair)
        values = tuple(_typed(word) for word in value.split(","))
        parts.append(Equals(key, values[0]) if len(values) == 1 else In(key, values))
    return And(tuple(parts)) if parts else None


def narrowed(first: Filter | None, second: Filter | None) -> Filter | None:
    """Return the filter that both hold, where None holds always."""
    parts = tuple(part for part in (first, second) if part is not None)
    return And(parts) if len(parts) > 1 else next(iter(parts), None)


def _typed(word: str) -> Value:
    if word in ("true", "false"):
        return word == "true"
    for kind in (int, float):
        try:
            number = kind(word)
        except ValueError:
            continue
        # The store has no "nan", no "infinity" and no integers of twenty digits: there such a word is a text.
        return number if _is_kept(number) else word
    return word


def _is_kept(number: int | float) -> bool:
    return math.isfinite(number) if isinstance(number, float) else -(2**63) <= number < 2**63
