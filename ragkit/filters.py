"""Conditions on what may be found: a small closed grammar that each store compiles for itself.

A field is one of `FIELDS` or a metadata key. A condition on a field that a document lacks is false,
and so is its opposite: `Not(Equals("year", 2024))` finds documents that have another year, not those without.
In metadata, 1 equals 1.0, but neither "1" nor True, and only numbers lie between numbers.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.documents import Value
from ragkit.errors import ConfigError

FIELDS = ("source", "uri", "title", "media_type", "heading", "page")
_WRITTEN = re.compile(r"([^=]+?)(!=|>=|<=|=)(.*)", re.DOTALL)


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

    def __post_init__(self) -> None:
        if isinstance(self.values, str):
            message = f"{self.values!r} is one value. Write Equals({self.field!r}, {self.values!r})."
            raise ConfigError(message, setting="where", value=self.values)


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
    """Make a filter of words, all of which must hold: `key=value`, `key!=value`, `key>=value`, `key<=value`.

    `key=a,b` means one of them, `key!=a,b` none. White space around a key or a value does not count. No words, None;
    a text is one word.

    Raises:
        ConfigError: a word is none of these, or has no key.
    """
    parts = tuple(_condition(pair) for pair in ([pairs] if isinstance(pairs, str) else pairs))
    return And(parts) if parts else None


def no_filter(value: object) -> ConfigError:
    """Return the error that tells what is no filter, and which one to write instead."""
    meant = "parse_filter(['key=value'])"
    if isinstance(value, Mapping) and value:
        parts = ", ".join(f"Equals({key!r}, {wanted!r})" for key, wanted in value.items())
        meant = parts if len(value) == 1 else f"And(({parts}))"
    elif isinstance(value, str | Sequence) and value:
        meant = f"parse_filter({value!r})"
    return ConfigError(f"{value!r} is no filter. Write {meant}, from ragkit.", setting="where", value=value)


def narrowed(first: Filter | None, second: Filter | None) -> Filter | None:
    """Return the filter that both hold, where None holds always."""
    parts = tuple(part for part in (first, second) if part is not None)
    return And(parts) if len(parts) > 1 else next(iter(parts), None)


def _condition(pair: str) -> Filter:
    found = _WRITTEN.fullmatch(pair)
    key, sign, value = (part.strip() for part in found.groups()) if found else ("", "", "")
    if not key:
        message = f"{pair!r} is not a filter. Write it as key=value. Or: key=a,b, key!=value, key>=low, key<=high."
        raise ConfigError(message, setting="where", value=pair)
    if sign == ">=":
        return Range(field=key, low=_typed(value))
    if sign == "<=":
        return Range(field=key, high=_typed(value))
    values = tuple(_typed(word.strip()) for word in value.split(","))
    among: Filter = Equals(key, values[0]) if len(values) == 1 else In(key, values)
    return Not(among) if sign == "!=" else among


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
