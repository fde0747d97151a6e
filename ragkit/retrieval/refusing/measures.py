"""Numbers of a question that measure something: 39.2 degrees or 49.90 euros name nothing, as a clause's number does."""

import re
from collections.abc import Iterator

_DECIMAL = re.compile(r"\d+\.\d+")
_FIGURE = r"[$£€]?(\d+(?:\.\d+)?)"
# A height of 1.92 is none that passages lack which say "1.50 m to 1.95 m".
_RANGE = re.compile(rf"(\d+(?:\.\d+)?) ?\w{{0,3}} ?(?:to|and|[-\u2013]) ?{_FIGURE}")
_ASIDE = r"(?: ?(?:°\s?)?[A-Za-z%]{0,7})(?: \([^()]{1,20}\))?"
_LEAST = (
    re.compile(rf"{_FIGURE}{_ASIDE} (?:or|and) (?:more|above|over|higher|longer|older)\b", re.I),
    re.compile(rf"\b(?:at least|above|over|more than|higher than) {_FIGURE}", re.I),
)
_MOST = (
    re.compile(rf"{_FIGURE}{_ASIDE} (?:or|and) (?:less|below|under|lower|shorter|younger)\b", re.I),
    re.compile(rf"\b(?:at most|up to|below|under|less than|no more than|lower than) {_FIGURE}", re.I),
)
# A bound tells of what is near it: one of 2 years says nothing of 72.5.
_NEAR = 0.25
_CLAUSES = re.compile(r"[,;?!]\s*|\.\s+|\s+(?:and|but|so)\s+")
_TELLS = re.compile(r"\b(?:I|I'm|I've|my|we|our|he|she|his|her|they|their)\b", re.I)
_ASKS = re.compile(r"\s*(?:do|does|did|is|are|can|could|may|will|would|should|what|which|who|when|where|how)\b", re.I)
_MEASURED = (
    r"(?:temperature|fever|weigh(?:s|ed|ing|t)?|height|tall|measured?|charged|paid|pay|spent|earn|owe|total|amount|"
    r"balance|bill|invoice)"
)
_UNIT = r"(?:°|%|[cfgml]\b|kg\b|k?m\b|cm\b|lbs?\b|degrees?\b|euros?\b|dollars?\b|pounds?\b|years?\b|hours?\b|days?\b)"


def is_measure(number: str, question: str, text: str) -> bool:
    """Whether a number of a question measures something, so that no passage must have it.

    It does if it lies within a range of the text or a little beyond one of its bounds, "38 °C or more", or if who asks
    tells it of himself: "my temperature is 38.7".
    """
    if not _DECIMAL.fullmatch(number):
        return False
    return _is_within(float(number), text) or any(_is_told(number, clause) for clause in _CLAUSES.split(question))


def _is_within(number: float, text: str) -> bool:
    if any(float(low) <= number <= float(high) for low, high in _RANGE.findall(text)):
        return True
    beyond_least = any(low <= number <= low * (1 + _NEAR) for low in _bounds(_LEAST, text))
    return beyond_least or any(high * (1 - _NEAR) <= number <= high for high in _bounds(_MOST, text))


def _bounds(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[float]:
    return (float(match[1]) for pattern in patterns for match in pattern.finditer(text))


def _is_told(number: str, clause: str) -> bool:
    """Whether a clause tells of a person, and has the number with its currency, its unit, or what was measured."""
    if not _TELLS.search(clause) or _ASKS.match(clause):
        return False
    number = rf"(?<![\w.]){re.escape(number)}(?![\w]*\.\w)"
    ways = (rf"[$£€]\s?{number}", rf"{number}\s?{_UNIT}", rf"\b{_MEASURED}\b(?:\W+\w+){{0,2}}\W+{number}")
    return any(re.search(way, clause, re.I) for way in (*ways, rf"{number}\W+(?:\w+\W+)?{_MEASURED}\b"))
