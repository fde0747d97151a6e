"""Numbers that a browser shows by their place or size: those of a list's items, powers, and marks of notes."""

import re
from string import ascii_lowercase

from lxml import html  # type: ignore[import-untyped] # ships no types

_ROMAN = {"m": 1000, "cm": 900, "d": 500, "cd": 400, "c": 100, "xc": 90, "l": 50, "xl": 40, "x": 10, "ix": 9, "v": 5}
_ROMAN |= {"iv": 4, "i": 1}
_LARGEST_ROMAN = 3999
_WHOLE = re.compile(r"-?\d{1,9}")
_LETTERS = len(ascii_lowercase)
# What makes an order of a number: 1st, 2nd, 3rd, 4th; 1er, 2e, 3ème; 1o, 1a.
_ORDER = re.compile(r"st|nd|rd|th|er|re|e|ème|o|a|º|ª", re.IGNORECASE)


def number_lists(root: html.HtmlElement) -> None:
    """Write the numbers that a browser would show, since a text refers to them."""
    for numbered in root.iter("ol"):
        number = _whole(numbered.get("start"), 1)
        for item in numbered.findall("li"):
            number = _whole(item.get("value"), number)
            first = item
            while len(first) and first[0].tag in {"div", "p"} and not (first.text or "").strip():
                first = first[0]
            first.text = f"{_mark(number, numbered.get('type', '1'))}. {(first.text or '').lstrip()}"
            number += 1


def write_raised(root: html.HtmlElement) -> None:
    """Part what is raised behind a number from it: 10 to the power of 6 is not 106, nor is 50 with a note 501."""
    for raised in list(root.iter("sup")):
        text = raised.text_content().strip()
        links = [*raised.iter("a"), *raised.iterancestors("a")]
        if any(link.get("href", "").startswith("#") for link in links):
            # The mark of a note, which would pass for a number, or for a citation.
            raised.drop_tree()
        elif text and _before(raised)[-1:].isdecimal() and not _ORDER.fullmatch(text):
            raised.text = f"^{(raised.text or '').lstrip()}"


def _before(element: html.HtmlElement) -> str:
    previous = element.getprevious()
    if previous is None:
        return str(element.getparent().text or "")
    return str(previous.tail or previous.text_content())


def _whole(written: str | None, otherwise: int) -> int:
    return int(written) if written and _WHOLE.fullmatch(written.strip()) else otherwise


def _mark(number: int, kind: str) -> str:
    if kind in {"i", "I"} and 0 < number <= _LARGEST_ROMAN:
        mark = _roman(number)
    elif kind in {"a", "A"} and number > 0:
        mark = _alphabetic(number)
    else:
        return str(number)
    return mark.upper() if kind.isupper() else mark


def _alphabetic(number: int) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        letters = ascii_lowercase[letter] + letters
    return letters


def _roman(number: int) -> str:
    mark = ""
    for sign, value in _ROMAN.items():
        count, number = divmod(number, value)
        mark += sign * count
    return mark
