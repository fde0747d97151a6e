"""Whom to call: a line that stands on the page of an assistant for health, and in what is written down from it."""

import re

from ragkit.guards.emergency import find_numbers
from ragkit.language.messages import Messages
from ragkit.profile import Profile
from ragkit_apps.markup import bold


def shows(profile: Profile) -> bool:
    """Whether people may come to this assistant in an emergency."""
    return "redflags" in profile.guards


def line(locale: str, say: Messages) -> str:
    """Return whom to call in an emergency and in a crisis, with the numbers of the place in **."""
    numbers = find_numbers(locale)
    text = say.emergency_line.format(emergency=_strong(say.either_of(numbers.emergency) or say.anywhere))
    if numbers.crisis:
        text += f" {say.crisis_at_any_hour.format(crisis=_strong(say.either_of(numbers.crisis)))}"
    return text


def shown(locale: str, say: Messages) -> str:
    """Return the line as HTML; a phone calls a number that is pressed."""
    numbers = find_numbers(locale)
    known = "|".join(map(re.escape, (*numbers.emergency, *numbers.crisis)))
    html = bold(line(locale, say))
    return re.sub(known, _call, html) if known else html


def _call(number: re.Match[str]) -> str:
    return f'<a href="tel:{number[0].replace(" ", "")}">{number[0]}</a>'


def _strong(text: str) -> str:
    return f"**{text}**"
