"""Numbers, dates, times, money and units, each in one form: thirty is 30, 12 March is 12th of March, £5 is 5 pounds."""

import re

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * tens for tens, word in enumerate(_TENS, start=2)
}
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000}
_SHORT_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion"}
NUMBER_WORDS = frozenset(SMALL) | frozenset(SCALES)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier", "february feb februar février", "march mar märz mars", "april apr avril",
            "may mai", "june jun juni juin", "july jul juli juillet", "august aug août", "september sept sep septembre",
            "october oct oktober octobre", "november nov novembre", "december dec dezember décembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# What begins and ends a range of days or months.
CALENDAR = frozenset((*MONTHS, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
COUNTING = NUMBER_WORDS | CALENDAR
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
CURRENCIES = {
    "£": "pound", "gbp": "pound", "€": "euro", "eur": "euro", "$": "dollar", "usd": "dollar", "¥": "yen",
    "chf": "franc",
}  # fmt: skip
_UNITS = {
    short: name
    for name, shorts in {
        "percent": "%", "kilogram": "kg kilogramme kilo", "gram": "g gramme", "milligram": "milligramme mg",
        "microgram": "mcg µg μg", "millilitre": "ml milliliter", "centilitre": "cl", "litre": "l liter",
        "metre": "m meter", "kilometre": "km kilometer", "centimetre": "cm centimeter",
        "millimetre": "mm millimeter", "hour": "h hr hrs", "minute": "min mins", "second": "sec secs",
        "celsius": "°c", "fahrenheit": "°f",
    }.items()
    for short in shorts.split()
}  # fmt: skip
UNITS = frozenset((*CURRENCIES.values(), *_UNITS.values()))
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SPACED = re.compile(r"[ \u00a0']")
# As the continent writes them. What both ways could mean, 1.500 and 1,500, is read as English.
_CONTINENTAL = re.compile(r"(-?\d{1,3}(?:\.\d{3})*|-?\d+),(\d{1,2}|\d{4,})|(-?\d{1,3}(?:\.\d{3}){2,})")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(?P<year>\d{4})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_NOON = 12
MOST_DAYS = 31
_MONTHS_OF_A_YEAR = 12


def figure(digits: str) -> str:
    """Return a number in one form: 1,500 and 1.500,00 are 1500, 12,50 is 12.50, and 09:30 is 9:30."""
    if _CLOCK.fullmatch(digits):
        hour, _, minutes = digits.partition(":")
        return f"t{int(hour)}:{minutes}"
    digits = _SPACED.sub("", digits)
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    elif _CONTINENTAL.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    return re.sub(r"\.00?$", "", digits) if digits.count(".") == 1 and digits.endswith((".00", ".0")) else digits


def day(text: str) -> tuple[str, ...]:
    """Return the day and the year of a date in figures; nothing of 03/04/2024, which may be in March or in April."""
    if found := _SLASHED.fullmatch(text):
        one, two = sorted((int(found[1]), int(found[2])))
        month, number = (one, two) if two > _MONTHS_OF_A_YEAR or one == two else (0, 0)
    elif found := _ISO.fullmatch(text) or _DOTTED.fullmatch(text):
        month, number = int(found["month"]), int(found["day"])
    else:
        return ()
    known = 1 <= month <= _MONTHS_OF_A_YEAR and 1 <= number <= MOST_DAYS
    return (f"date:{month}-{number}", found["year"]) if known else ()


def spoken(words: list[str]) -> str:
    """Return the number that words say: one hundred and ten is 110."""
    total = group = 0
    for word in words:
        if word in SMALL:
            group += SMALL[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + max(group, 1) * SCALES[word], 0
    return str(total + group)


def scaled(number: str, scale: str) -> str:
    """Return a number in digits times a scale in words: 2.5 million is 2500000."""
    whole, _, part = number.partition(".")
    zeros = len(str(SCALES[scale])) - 1
    if not (whole + part).isdigit() or len(part) > zeros:
        return f"{number}{scale}"
    return (whole + part + "0" * (zeros - len(part))).lstrip("0") or "0"


def shortened(word: str) -> str:
    """Return the scale that a sum of money may have behind it, as in $3.5m; nothing for another word."""
    return _SHORT_SCALES.get(word, "")


def clock(number: str, half: str) -> str:
    """Return the time of the day of `5` and `pm`, or of `t5:30` and `pm`."""
    hours, _, minutes = number.removeprefix("t").partition(":")
    hour = int(hours) % _NOON + (_NOON if half == "pm" else 0)
    return f"t{hour}:{minutes or '00'}"


def ordinal(number: int) -> str:
    """Return what 1st, 2nd, 12th and 21st are called here."""
    return _ORDINALS[number - 1] if 1 <= number <= len(_ORDINALS) else f"{number}th"


def unit(word: str) -> str:
    """Return the full name of a unit that stands behind a number; other words as they are."""
    return CURRENCIES.get(word) or _UNITS.get(word) or _UNITS.get(word.removesuffix("s"), word)
