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

_ANYWHERE = "your local emergency number (112 or 911 in many countries)"

_EMERGENCY = """\
This can be an emergency. Call {emergency} now, or ask someone near you to call.

Do not wait to see whether it passes, do not wait for more answers here, and do not drive yourself. \
If you can, have someone stay with the person who is ill or hurt, and do what the emergency service tells you.

I am an AI system and no doctor. I can't examine anyone and I can be wrong, so please call even if you are not sure."""

_CRISIS = """\
Thank you for saying this. It matters, and nobody has to get through it alone.

If someone is hurt, has taken something, or is in danger now, call {emergency} now.

{crisis} If you can, do not stay alone: go to someone you trust, and away from anything that could do harm.

You can go on writing here. I am an AI system and no doctor, so please talk to a person as well."""

_LINE = "At any hour, trained people listen on the crisis line: call {crisis}."
_NO_LINE = "Trained people listen on crisis lines at any hour: {emergency} can tell you which one is near you."

# An overdose is often no accident, and the words that say so may be missing.
_ALSO = "\n\nIf this was on purpose, or you think of harming yourself: you can also call {crisis} at any hour."
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


def emergency_message(match: RuleMatch, *, locale: str) -> str:
    """Return what to show instead of an answer. An unknown locale gets a text that is true everywhere.

    Raises:
        ValueError: the match is neither an emergency nor a crisis.
    """
    if match.action not in ("emergency", "crisis"):
        raise ValueError(f"{match.group!r} calls for {match.action!r}, which is no emergency")
    numbers = find_numbers(locale)
    emergency = " or ".join(numbers.emergency) or _ANYWHERE
    crisis = " or ".join(numbers.crisis)
    if match.action == "crisis":
        line = (_LINE if crisis else _NO_LINE).format(emergency=emergency, crisis=crisis)
        return _CRISIS.format(emergency=emergency, crisis=line)
    also = _ALSO.format(crisis=crisis) if crisis and match.group in _ON_PURPOSE else ""
    return _EMERGENCY.format(emergency=emergency) + also


@cache
def _read_table() -> _Table:
    text = (resources.files("ragkit.guards") / "rules" / "numbers.toml").read_text(encoding="utf-8")
    return TypeAdapter(_Table).validate_python(tomllib.loads(text))
