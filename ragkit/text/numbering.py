"""Numbers that are given to people and accounts, told from other numbers by checksum and form."""

import re
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[^0-9A-Za-z]")
_DIGITS = re.compile(r"\d+")
_EXTENSION = re.compile(r"\s?(?:x|ext\.?)\s?\d{1,6}$", re.IGNORECASE)
_PATIENT = 10
_ALONE = re.compile(r"(?<!\d)\d(?!\d)")
# An area code in brackets or with the 0 that is dialled before it, or three, three and four digits.
_STRONG = re.compile(r"\(\d|0\d+\D\d|\d{3}[-. ]\d{3}[-. ]\d{4}$")
# How many digits a number to dial has where it is written in two groups.
_PAIRS = {(3, 4), (4, 4), *((first, last) for first in (3, 4, 5) for last in (6, 7, 8))}
_DATED = re.compile(r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4})(?:\D|$)")
_AMOUNT = re.compile(r"\d{1,3}([ .])(?:\d{3}\1)*000(?:[.,]\d{1,2})?")
_YEARS = re.compile(r"(?:1[89]|20)\d\d\W+\d{4}\b")
_CALLED = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|call(?:ed|ing)?|ring|fax|whatsapp|sms|text|dial|reach|contact|line|tlf|"
    r"phone number|my number|number is|number to)\b[^\d]{0,25}$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:isbn|issn|order|invoice|ticket|case|contract|article|part|serial|account|ref(?:erence)?|model|version|"
    r"section|page|id|no\.?|nr\.?)[^\d\n]{0,12}$",
    re.IGNORECASE,
)


def is_card(text: str) -> bool:
    """Whether it is the number of a payment card: 12 to 19 digits that satisfy Luhn's formula (ISO/IEC 7812)."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    # No issuer's number begins with 0, and nobody writes a card's digits one by one, as those of a book are.
    if len(digits) not in range(12, 20) or digits[0] == 0 or _ALONE.search(text):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether it is an account number of ISO 13616: its remainder by 97 is 1."""
    bare = _SEPARATORS.sub("", text).upper()
    if len(bare) not in range(15, 35):
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def is_nhs_number(text: str) -> bool:
    """Whether it is a patient's number of the National Health Service: ten digits, the last one a check modulo 11."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    if len(digits) != _PATIENT:
        return False
    rest = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return rest % 11 == digits[9]


def is_social_security_number(text: str) -> bool:
    """Whether the United States may have given it to somebody: no group is all zeros, and no area is 666."""
    area, group, serial = _DIGITS.findall(text)
    return area not in ("000", "666") and group != "00" and serial != "0000"


def is_phone(text: str, before: str) -> bool:
    """Whether it is the number of a telephone, by its form and the words before it."""
    bare = _EXTENSION.sub("", text)
    groups = _DIGITS.findall(bare)
    digits = "".join(groups)
    if len(digits) not in range(7, 16) or _DATED.match(bare):
        return False
    if bare.startswith("+") or _CALLED.search(before):
        return True
    if _STRONG.match(bare):
        return True
    if _NUMBERED.search(before) or _AMOUNT.fullmatch(bare) or _YEARS.match(bare):
        return False
    if len(groups) == 1:
        return bool(re.fullmatch(r"0\d{8,}|[2-9]\d{2}[2-9]\d{6}", digits))
    return _looks_dialled(bare, [len(group) for group in groups])


def _looks_dialled(text: str, lengths: Sequence[int]) -> bool:
    """Whether the groups are those of a number to dial: not a decimal, a paragraph, or a postal code by a house."""
    if 1 in lengths or re.fullmatch(r"\d+\.\d+", text):
        return False
    return len(lengths) > 2 or tuple(lengths) in _PAIRS  # noqa: PLR2004  # two groups
