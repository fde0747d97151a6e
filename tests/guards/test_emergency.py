"""The message names a number that is right for the place, and says no more than it may."""

import re
from datetime import UTC, datetime

import pytest

from ragkit.guards.emergency import emergency_message, find_numbers, numbers_checked
from ragkit.guards.rules import Action, RuleMatch

PLACES = ["us", "uk", "eu", "ca", "au", "nz", "ie", "in", "de", "fr", "es"]
FORBIDDEN = re.compile(
    r"\b(mg|ml|dose|tablets?|aspirin|diagnos\w+|you have|you are fine|nothing to worry)\b", re.IGNORECASE
)


def found(action: Action, group: str = "chest_pain") -> RuleMatch:
    return RuleMatch(group=group, action=action, words=("chest", "pain"), source="NHS")


def test_numbers_were_checked_in_the_last_180_days() -> None:
    age = (datetime.now(UTC).date() - numbers_checked()).days

    assert age <= 180, f"numbers.toml was checked {age} days ago: look up every number again and set `checked`"


@pytest.mark.parametrize("place", PLACES)
def test_emergency_message_names_the_numbers_of_the_place(place: str) -> None:
    message = emergency_message(found("emergency"), locale=place)

    assert find_numbers(place).emergency
    assert all(number in message for number in find_numbers(place).emergency)


@pytest.mark.parametrize("place", PLACES)
def test_crisis_message_names_the_emergency_number_and_the_crisis_line(place: str) -> None:
    message = emergency_message(found("crisis"), locale=place)
    numbers = find_numbers(place)

    assert all(number in message for number in (*numbers.emergency, *numbers.crisis))


@pytest.mark.parametrize(
    ("locale", "emergency", "crisis"),
    [
        ("us", ("911",), ("988",)),
        ("en-US", ("911",), ("988",)),
        ("en_GB", ("999",), ("116 123",)),
        ("uk", ("999",), ("116 123",)),
        (" FR ", ("15", "112"), ("3114",)),
        ("eu", ("112",), ()),
        ("es-MX", (), ()),
        ("en", (), ()),
        ("", (), ()),
        ("-", (), ()),
    ],
)
def test_locale_is_read_by_its_country(locale: str, emergency: tuple[str, ...], crisis: tuple[str, ...]) -> None:
    numbers = find_numbers(locale)

    assert (numbers.emergency, numbers.crisis) == (emergency, crisis)


@pytest.mark.parametrize("action", ["emergency", "crisis"])
@pytest.mark.parametrize("locale", ["xx", "", "en", "../us", "es-MX"])
def test_unknown_locale_gets_a_text_that_is_true_everywhere(action: Action, locale: str) -> None:
    message = emergency_message(found(action), locale=locale)

    assert "your local emergency number (112 or 911 in many countries)" in message
    assert "{" not in message


@pytest.mark.parametrize("action", ["emergency", "crisis"])
@pytest.mark.parametrize("locale", [*PLACES, "xx"])
def test_message_is_short_says_that_it_is_no_doctor_and_gives_no_dose_or_diagnosis(action: Action, locale: str) -> None:
    message = emergency_message(found(action), locale=locale)

    assert "I am an AI system and no doctor" in message
    assert not FORBIDDEN.search(message)
    assert len(message.split()) < 130


def test_crisis_message_keeps_the_conversation_open() -> None:
    assert "You can go on writing here" in emergency_message(found("crisis"), locale="uk")


def test_overdose_message_names_the_crisis_line_too() -> None:
    message = emergency_message(found("emergency", "poisoning_overdose"), locale="us")

    assert "911" in message
    assert "988" in message


def test_other_actions_have_no_emergency_message() -> None:
    with pytest.raises(ValueError, match="escalate"):
        emergency_message(found("escalate"), locale="us")
