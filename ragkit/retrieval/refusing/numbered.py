"""Numbers of a question that no passage has: another year, another clause."""

import re
from collections.abc import Mapping

# A noun and the number that tells one from its like: "clause 16", "Amendment No. 2", "version 4".
_NUMBERED = re.compile(
    r"\b(amendment|annex|appendix|article|chapter|clause|edition|exhibit|grade|invoice|level|model|module|option|order|"
    r"part|phase|release|rule|schedule|section|stage|step|table|tier|type|version|volume|work)"
    r"\s+(?:(?:no|nr|number)\b\.?\s*)?(\d{1,3}(?:\.\d+)*\b|(?-i:[A-HJ-Z])\b(?![.'’]\w))",  # noqa: RUF001
    re.IGNORECASE,
)
# These are numbered where they stand, without their name: "3. Choose a plan", "7.2 Term".
_AT_HEAD = re.compile(r"(?:^|> )[^\w\n]*(\d{1,3}(?:\.\d+)*)(?=[.)\s])", re.MULTILINE)
_HEADED = frozenset({"article", "chapter", "clause", "part", "rule", "section", "stage", "step", "phase"})
# Of what is called by a number or not, the passages must call one so.
_SELDOM = frozenset(
    {"invoice", "level", "model", "option", "order", "part", "release", "table", "tier", "volume", "work"}
)
# "2024/25" is one season.
_YEAR = re.compile(r"(?<![\d.,/£$€-])(?:19|20)\d\d(?:/\d\d\b)?(?![\d.,]\d|/|-\d)")
# Since when somebody is here is no year that is asked about.
_SINCE = re.compile(r"\bsince\s+(?:\w{3,9}\s+)?$", re.I)
_WITHIN = re.compile(r"\b(?:in|by|until|till|before|after|during|from|to|of|early|late)\s+(?:\w{3,9}\s+)?$", re.I)
# A question about how things were then; who says "I was" asks about today.
_WAS = re.compile(r"^(?:what|how|which|who|where)\b(?!.*\bI (?:was|did)\b)[^.?!]*\b(?:was|were|did)\b", re.I)
_OF_YEAR = re.compile(r"\b(?:the|our|your|its|their)\s+$", re.I)


def missing_numbered(question: str, text: str) -> list[str]:
    """Return the numbered things of the question that the text numbers otherwise, and that no line begins with."""
    kinds: dict[str, set[str]] = {}
    for match in _NUMBERED.finditer(text):
        kinds.setdefault(match[1].lower(), set()).add(match[2])
    heads = {head[: end.start()] for head in _AT_HEAD.findall(text) for end in re.finditer(r"\.|$", head)}
    return [
        match[0]
        for match in _NUMBERED.finditer(question)
        if _is_unknown(match[1].lower(), match[2], kinds) and not (match[1].lower() in _HEADED and match[2] in heads)
    ]


def _is_unknown(kind: str, number: str, kinds: Mapping[str, set[str]]) -> bool:
    return number not in kinds.get(kind, ()) and (kind in kinds or kind not in _SELDOM)


def missing_years(question: str, text: str) -> list[str]:
    """Return the years that are not among those of the text.

    "In 2026" may be a time at which a paper of 2025 still holds, so that only an earlier year counts there; and where
    the text has no year at all, only one of which it is asked how things were.
    """
    known = set(_YEAR.findall(text))
    return [match[0] for match in _YEAR.finditer(question) if match[0] not in text and _is_told(match, question, known)]


def _is_told(match: re.Match[str], question: str, known: set[str]) -> bool:
    """Whether a question rests on a year: it names a thing by it, or is before or beside those that are known."""
    before = question[: match.start()]
    if _SINCE.search(before):
        return False
    if _OF_YEAR.search(before):
        return True
    if not known:
        return _WAS.search(question) is not None
    return match[0] < min(known) or not _WITHIN.search(before)
