"""Whether a question asks which things of a kind there are, and a sentence names them."""

import re

_ASKED = re.compile(
    r"\b(?:which|what|list)\s+(?:(?:all|of|the|your|kinds?|types?|sorts?)\s+)*(?P<kind>\w{3,}s)\s+"
    r"(?:are (?:there|available|offered|supported)|exist\b|"
    r"(?:do|does|can) \w+ (?:have|offer|sell|support|accept|choose|get|take|use|speak)\b)",
    re.I,
)
# "three plans: Starter, Standard and Premium"; what stands behind the kind before its members is short.
_NAMED = r"\b{kind}\w{{0,3}}\b[^.:;,]{{0,25}}?(?::| are| include| such as) [^.;:]*\w(?:,| and| or) \w"


def asked_kind(question: str) -> str:
    """Return the kind whose members a question asks for, as "plans" in "Which plans are there?"; "" if it asks none."""
    found = _ASKED.search(question)
    return found["kind"] if found else ""


def names_members(text: str, kind: str) -> bool:
    """Whether a text enumerates what is of a kind; of "" nothing is."""
    return bool(kind) and re.search(_NAMED.format(kind=re.escape(kind[:-1])), text, re.I) is not None
