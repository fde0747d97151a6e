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
NUMBER_WORDS = frozenset(SMALL) | frozenset(SCALES)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
CURRENCIES = {
    "£": "pound", "gbp": "pound", "€": "euro", "eur": "euro", "$": "dollar", "usd": "dollar", "¥": "yen",
    "chf": "franc",
}  # fmt: skip
_UNITS = {
    "%": "percent",
    "kg": "kilogram",
    "kilogramme": "kilogram",
    "kilo": "kilogram",
    "g": "gram",
    "gramme": "gram",
    "mg": "milligram",
    "mcg": "microgram",
    "µg": "microgram",
    "μg": "microgram",
    "ml": "millilitre",
    "milliliter": "millilitre",
    "cl": "centilitre",
    "l": "litre",
    "liter": "litre",
    "km": "kilometre",
    "kilometer": "kilometre",
    "cm": "centimetre",
    "mm": "millimetre",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "min": "minute",
    "mins": "minute",
    "sec": "second",
    "secs": "second",
    "°c": "celsius",
    "°f": "fahrenheit",
}
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_NOON = 12
MOST_DAYS = 31


def figure(digits: str) -> str:
    """Return a number as it was written but for marks of thousands, a fraction of zeros, and a clock's first zero."""
    if _CLOCK.fullmatch(digits):
        return f"t{digits.lstrip('0') if digits[1] != ':' else digits}"
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    return re.sub(r"\.00?$", "", digits) if digits.count(".") == 1 and digits.endswith((".00", ".0")) else digits


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
    return CURRENCIES.get(word) or _UNITS.get(word, word)
