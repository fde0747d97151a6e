"""What to say when a rule found an emergency or a crisis: whom to call, in few words, without dose or diagnosis."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources

from pydantic import TypeAdapter

from ragkit.guards.rules import RuleMatch
from ragkit.language.messages import Messages, english

# An overdose is often no accident, and the words that say so may be missing.
_ON_PURPOSE = frozenset(("poisoning_overdose", "carbon_monoxide_smoke", "drowning"))


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Whom to call in a place, the best number first. `crisis` is empty where no line is known for certain."""

    emergency: tuple[str, ...] = ()
    crisis: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Table:
    checked: date
    places: Mapping[str, Numbers]
    same: Mapping[str, str] = field(default_factory=dict)


def find_numbers(locale: str) -> Numbers:
    """Return the numbers of a place ("uk") or a locale ("en-GB"). Both are empty for a place that is not known.

    Of a locale only the country counts: "es-MX" is not Spain.
    """
    table = _read_table()
    place = re.split(r"[-_.]", locale.strip().lower())[1:2] or [locale.strip().lower()]
    return table.places.get(table.same.get(place[0], place[0]), Numbers())


def numbers_checked() -> date:
    """Return the day on which the numbers were last looked up."""
    return _read_table().checked


def emergency_message(match: RuleMatch, *, locale: str, messages: Messages | None = None) -> str:
    """Return what to show instead of an answer. An unknown locale gets a text that is true everywhere.

    It is English without `messages`. The numbers go by the locale alone, whatever the language is.

    Raises:
        ValueError: the match is neither an emergency nor a crisis.
    """
    if match.action not in ("emergency", "crisis"):
        raise ValueError(f"{match.group!r} calls for {match.action!r}, which is no emergency")
    say, numbers = messages or english(), find_numbers(locale)
    emergency, crisis = say.either_of(numbers.emergency) or say.anywhere, say.either_of(numbers.crisis)
    if match.action == "crisis":
        line = (say.crisis_line if crisis else say.no_crisis_line).format(emergency=emergency, crisis=crisis)
        return say.crisis.format(emergency=emergency, line=line)
    also = f"\n\n{say.on_purpose.format(crisis=crisis)}" if crisis and match.group in _ON_PURPOSE else ""
    return say.emergency.format(emergency=emergency) + also


@cache
def _read_table() -> _Table:
    text = (resources.files("ragkit.guards") / "rules" / "numbers.toml").read_text(encoding="utf-8")
    return TypeAdapter(_Table).validate_python(tomllib.loads(text))
