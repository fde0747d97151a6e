"""Structured personal data and secrets in a text, found by their form and checksums, and put out of it.

Names, addresses and what a text says of somebody's health have no form to go by: they stay.
"""

import ipaddress
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ragkit.text.numbering import is_card, is_iban, is_nhs_number, is_phone, is_social_security_number


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What stands between two offsets of a text: EMAIL, PHONE, CARD, IBAN, IP, SSN, NHS, BIRTH, KEY or PASSWORD."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Redacted:
    """A text with `<EMAIL>` and the like in the place of what was found, and how often each kind was."""

    text: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class _Kind:
    """A form, with what else must hold of a match and of the text before it; the group `x` is what is put out."""

    name: str
    form: re.Pattern[str]
    holds: Callable[[str, str], bool] = lambda _found, _before: True


def _kind(name: str, form: str, holds: Callable[[str, str], bool] = lambda _found, _before: True) -> _Kind:
    return _Kind(name, re.compile(form, re.IGNORECASE), holds)


_SECRETS = ("KEY", "PASSWORD")
_BEFORE = 40
_VERSIONED = re.compile(r"(?:version|release|section|clause|paragraph|chapter|article|§|\bv)\W*$", re.IGNORECASE)
_HEALTH_SERVICE = re.compile(r"\bNHS\b", re.IGNORECASE)
_SPACED = re.compile(r"\d{3} \d{3} \d{4}")
_NAMED_SECRET = (
    r"\b(?:password|passwd|passphrase|pwd|secret|api[ _-]?key|access[ _-]?token)(?:\s+is)?(?:\s*[:=]\s*|\s+)[\"']?"
    # A word without a digit or a sign is more likely the next one of the sentence.
    r"(?P<x>(?=[^\s\"',;]*[\d!$%^&*+#])[^\s\"',;]{6,})"
)
_BORN = (
    r"\b(?:born|d\.?o\.?b\.?|date of birth|birth ?date|birthday|geboren|né|née)\b[^\d\n]{0,20}?"
    r"(?P<x>\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\.?,?\s+\d{4}|\b[a-z]{3,9}\s+\d{1,2},?\s+\d{4})"
)
_DIALLED = (
    r"(?<![\w#€$£/-])(?<!\d[.,])(?:\+|00)?\(?\d(?:[ .()/-]{0,3}\d){5,15}"
    r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?!\w|\s?[%€$£]|[.,:-]\d)"
)


def _is_address(found: str, before: str) -> bool:
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return False
    # Numbers of clauses and versions look like addresses, and loopback is nobody's.
    return not (address.is_loopback or address.is_unspecified or _VERSIONED.search(before))


def _is_account(found: str, before: str) -> bool:
    del before
    return is_iban(found)


def _is_nhs(found: str, before: str) -> bool:
    return is_nhs_number(found) and bool(_SPACED.fullmatch(found) or _HEALTH_SERVICE.search(before))


# In this order: what an earlier one took, no later one looks at.
_KINDS = (
    _kind("KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    _kind("KEY", r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    _kind("KEY", r"\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[\w-]{16,}"),
    _kind("KEY", r"\b(?:gh[opsur]_|github_pat_|glpat-|hf_|npm_|xox[a-z]-)[\w-]{16,}"),
    _kind("KEY", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}"),
    _kind("KEY", r"\bBearer\s+(?P<x>[\w.~+/-]{16,}=*)"),
    _kind("PASSWORD", r"\b[a-z][a-z0-9+.-]{0,20}://(?P<x>[^\s/@:]{0,200}:[^\s/@]{1,200})@"),
    _kind("PASSWORD", _NAMED_SECRET),
    _kind("EMAIL", r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    _kind("IBAN", r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b", _is_account),
    _kind("IBAN", r"\b[A-Z]{2}\d{2}[ -]\w{4}(?:[ -](?=[a-z]*\d)\w{4}){1,6}(?:[ -](?=[a-z]*\d)\w{1,3})?\b", _is_account),
    _kind("IBAN", r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", _is_account),
    _kind("IP", r"(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", _is_address),
    _kind("IP", r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", _is_address),
    _kind("SSN", r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", lambda found, _: is_social_security_number(found)),
    _kind("NHS", r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])", _is_nhs),
    _kind("CARD", r"(?<![\w+-])\d(?:[ -]?\d){11,18}(?![\w-])", lambda found, _: is_card(found)),
    _kind("BIRTH", _BORN),
    _kind("PHONE", _DIALLED, is_phone),
)


def findings(text: str) -> list[Finding]:
    """Return what is personal or secret in a text, in its order, without overlap."""
    taken: list[Finding] = []
    for kind in _KINDS:
        taken += [found for found in _matches(kind, text) if not any(_overlap(found, other) for other in taken)]
    return sorted(taken, key=lambda found: found.start)


def redact(text: str) -> Redacted:
    """Return the text without what `findings` finds in it."""
    return _without(findings(text), text)


def without_secrets(text: str) -> str:
    """Return the text without keys and passwords; addresses of servers and people stay."""
    return _without([one for one in findings(text) if one.kind in _SECRETS], text).text


def _without(found: Sequence[Finding], text: str) -> Redacted:
    pieces, end = [], 0
    for one in found:
        pieces += [text[end : one.start], f"<{one.kind}>"]
        end = one.end
    return Redacted(text="".join([*pieces, text[end:]]), counts=Counter(one.kind for one in found))


class RedactingFilter(logging.Filter):
    """Put on a handler of a log, it takes personal data and secrets out of every message and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, redacted."""
        record.msg, record.args = redact(record.getMessage()).text, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text).text
        return True


def redact_logs() -> None:
    """Have the handlers of the root logger, and what stands in where it has none, redact all that they write."""
    for handler in (*logging.getLogger().handlers, logging.lastResort):
        if handler and not any(isinstance(known, RedactingFilter) for known in handler.filters):
            handler.addFilter(RedactingFilter())


def _matches(kind: _Kind, text: str) -> Iterator[Finding]:
    group: str | int = "x" if "x" in kind.form.groupindex else 0
    for match in kind.form.finditer(text):
        start, end = match.span(group)
        if kind.holds(text[start:end], text[max(0, start - _BEFORE) : start]):
            yield Finding(kind=kind.name, start=start, end=end)


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end
